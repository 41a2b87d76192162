"""A library (Flask): books and loans. It has no OpenAPI document; a contract file is its contract.

`make(bugs)` is the library with those bugs; `make()` has none. What it conserves:
copies = available + lent, of each book and of all.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request
from werkzeug.exceptions import HTTPException

from bank.bugs import planted

Bugs = frozenset[str]

ISBN = re.compile(r"[0-9]{4}")
READER = re.compile(r"[a-z]{1,20}")
MOST_COPIES = 50
MOST_TITLE = 60
MOST_LISTED = 20


@dataclass
class Book:
    """A book, and how many copies are in and out."""

    isbn: str
    title: str
    copies: int
    lent: int = 0

    def shown(self) -> dict[str, Any]:
        """It as a client sees it."""
        return {**vars(self), "available": self.copies - self.lent}


@dataclass
class Loan:
    """A copy that someone has, or had."""

    id: str
    isbn: str
    reader: str
    status: str = "lent"


class Library:
    """All that one app keeps, and its bugs."""

    def __init__(self, bugs: Bugs) -> None:
        self.bugs = bugs
        self.asked = 0
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.books: dict[str, Book] = {}
        self.loans: dict[str, Loan] = {}
        self.last_loan = 0
        self.imports: list[float] = []
        self.readers: dict[str, int] = {}

    def lend(self, book: Book, reader: str) -> Loan:
        """Give a copy to a reader."""
        self.last_loan += 1
        loan = Loan(f"l-{self.last_loan}", book.isbn, reader)
        self.loans[loan.id] = loan
        if "lent-not-counted" not in self.bugs:
            book.lent += 1
        return loan


def seed(app: Flask) -> dict[str, Any]:
    """Some books, one of which is lent out; the values are of the first book."""
    library: Library = app.extensions["library"]
    library.reset()
    for number in range(1, 6):
        library.books[f"100{number}"] = Book(f"100{number}", f"Book {number}", number)
    for reader in ("ada", "bob"):
        library.lend(library.books["1002"], reader)
    return {"path": {"isbn": "1001"}, "headers": {"x-reader": "ada"}}


def seed_loan(app: Flask) -> dict[str, Any]:
    """The same, with the values of the loan."""
    return {**seed(app), "path": {"id": "l-1"}}


def seed_returned(app: Flask) -> dict[str, Any]:
    """The same, and the loan has ended."""
    values = seed_loan(app)
    library: Library = app.extensions["library"]
    library.loans["l-1"].status = "returned"
    library.books["1002"].lent -= 1
    return values


def empty(app: Flask) -> dict[str, Any]:
    """Nothing is kept."""
    app.extensions["library"].reset()
    return {"path": {"isbn": "1001", "id": "l-1"}, "headers": {"x-reader": "ada"}}


# -- what all operations share -----------------------------------------------------------------

routes = Blueprint("library", __name__)


def _library() -> Library:
    library: Library = current_app.extensions["library"]
    return library


def _answer(content: Any, status: int = 200, **headers: str) -> Response:
    answer = jsonify(content)
    answer.status_code = status
    answer.headers.update(headers)
    return answer


def _book(isbn: str) -> Book:
    book = _library().books.get(isbn)
    return book or abort(404, f"there is no book {isbn[:20]}")


def _body(*names: str) -> dict[str, Any]:
    """The body, an object with just these members."""
    given = request.get_json()
    if not isinstance(given, dict) or set(given) != set(names):
        abort(422, f"expected an object with {', '.join(names)}")
    return given


def _is_text(value: Any, most: int) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= most and value.isprintable()


def _checked(given: dict[str, Any]) -> tuple[str, int]:
    """A book's title and copies, within bounds."""
    bugs, title, copies = _library().bugs, given["title"], given["copies"]
    if "crash-on-longest-title" in bugs and isinstance(title, str) and len(title) == MOST_TITLE:
        raise ValueError("value too long for type character varying(59)")
    if not _is_text(title, MOST_TITLE):
        abort(422, f"title: from 1 to {MOST_TITLE} printable characters")
    if isinstance(copies, str) and "text-for-number-accepted" in bugs and copies.isdecimal():
        copies = int(copies)
    if isinstance(copies, float) and copies.is_integer():
        copies = int(copies)
    if isinstance(copies, bool) or not isinstance(copies, int) or not 1 <= copies <= MOST_COPIES:
        abort(422, f"copies: from 1 to {MOST_COPIES}")
    return title, copies


# -- books -------------------------------------------------------------------------------------


@routes.get("/health")
def health() -> Response:
    """Tell that the library is there."""
    library = _library()
    library.asked += 1
    if "slow-twentieth-answer" in library.bugs and library.asked % 20 == 0:
        time.sleep(0.2)
    return _answer({"status": "ok"})


@routes.get("/books")
def list_books() -> Response:
    """List books by ISBN, a page from an offset on."""
    library = _library()
    offset, limit = _bounded("offset", 0, 0, 1000), _bounded("limit", 10, 1, MOST_LISTED)
    known = sorted(library.books.values(), key=lambda book: book.isbn)
    if "offset-skips-one" in library.bugs and offset:
        offset += 1
    page = [book.shown() for book in known[offset : offset + limit]]
    if "listed-book-differs" in library.bugs:
        page = [{**book, "title": book["title"].upper()} for book in page]
    return _answer({"items": page, "total": len(known)})


def _bounded(name: str, default: int, least: int, most: int) -> int:
    text = request.args.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,6}", text) or not least <= int(text) <= most:
        abort(422, f"{name}: from {least} to {most}")
    return int(text)


@routes.post("/books")
def create_book() -> Response:
    """Take a book in."""
    library, given = _library(), _body("isbn", "title", "copies")
    isbn = given["isbn"]
    if not isinstance(isbn, str) or not ISBN.fullmatch(isbn):
        abort(422, "isbn: four digits")
    title, copies = _checked(given)
    if isbn in library.books and "book-overwritten" not in library.bugs:
        abort(409, f"{isbn} is known")
    library.books[isbn] = Book(isbn, title, copies)
    return _answer(library.books[isbn].shown(), 201, Location=f"/books/{isbn}")


@routes.get("/books/<isbn>")
def read_book(isbn: str) -> Response:
    """Tell a book."""
    shown = _book(isbn).shown()
    if "available-missing" in _library().bugs:
        del shown["available"]
    return _answer(shown)


@routes.put("/books/<isbn>")
def change_book(isbn: str) -> Response:
    """Change a book; it has at least the copies that are lent."""
    book = _book(isbn)
    title, copies = _checked(_body("title", "copies"))
    if copies < book.lent:
        abort(409, f"{book.lent} copies are lent")
    if "copies-not-updated" not in _library().bugs:
        book.copies = copies
    book.title = title
    return _answer({**book.shown(), "copies": copies, "available": copies - book.lent})


@routes.delete("/books/<isbn>")
def delete_book(isbn: str) -> Response:
    """Give a book away of which no copy is lent."""
    library, book = _library(), _book(isbn)
    if book.lent and "lent-book-deleted" not in library.bugs:
        abort(409, f"{book.lent} copies are lent")
    if "delete-forgets-nothing" not in library.bugs:
        del library.books[isbn]
    return Response(status=204)


# -- loans -------------------------------------------------------------------------------------


def _reader() -> str:
    name = request.headers.get("x-reader", "")
    if not name and "reader-not-required" in _library().bugs:
        return "nobody"
    if not READER.fullmatch(name):
        abort(400, "X-Reader: say who reads")
    return name


@routes.post("/loans")
def create_loan() -> Response:
    """Lend a copy to the reader that `X-Reader` names."""
    library, reader = _library(), _reader()
    isbn = _body("isbn")["isbn"]
    if not isinstance(isbn, str) or not ISBN.fullmatch(isbn):
        abort(422, "isbn: four digits")
    book = _book(isbn)
    if book.lent >= book.copies and "more-lent-than-there-are" not in library.bugs:
        abort(409, "all copies are lent")
    loan = library.lend(book, reader)
    return _answer(vars(loan), 201, Location=f"/loans/{loan.id}")


@routes.get("/loans")
def list_loans() -> Response:
    """List the loans, of one status if that is asked for."""
    library, status = _library(), request.args.get("status")
    if status not in (None, "lent", "returned"):
        abort(422, "status: lent or returned")
    found = [vars(loan) for loan in library.loans.values() if status in (None, loan.status)]
    if "status-filter-ignored" in library.bugs:
        found = [vars(loan) for loan in library.loans.values()]
    return _answer({"items": found, "total": len(found)})


@routes.get("/loans/<id>")
def read_loan(id: str) -> Response:
    """Tell a loan."""
    loan = _library().loans.get(id)
    return _answer(vars(loan)) if loan else abort(404, "there is no such loan")


@routes.post("/loans/<id>/return")
def return_loan(id: str) -> Response:
    """Take a copy back, once, and note in what condition it is."""
    library, condition = _library(), request.args.get("condition", "good")
    refused = {"worn"} if "worn-return-refused" in library.bugs else frozenset()
    if condition not in ("good", "worn") or condition in refused:
        abort(422, "condition: good or worn")
    loan = library.loans.get(id) or abort(404, "there is no such loan")
    if loan.status != "lent" and "returned-twice" not in library.bugs:
        abort(409, "it was returned")
    loan.status = "returned"
    book = library.books.get(loan.isbn)
    if book and "return-not-counted" not in library.bugs:
        book.lent -= 1
    return _answer(vars(loan))


@routes.get("/catalogue")
def catalogue() -> Response:
    """Tell all books as XML."""
    library = _library()
    books = "".join(f"<title>{escape(each.title)}</title>" for each in library.books.values())
    end = "" if books and "catalogue-not-closed" in library.bugs else "</catalogue>"
    return Response(f"<catalogue>{books}{end}", mimetype="application/xml")


# -- readers, whom PUT makes --------------------------------------------------------------------


@routes.put("/readers/<name>")
def keep_reader(name: str) -> Response:
    """Make a reader of a name, or change the one there is."""
    library, limit = _library(), _body("limit")["limit"]
    if isinstance(limit, float) and limit.is_integer():
        limit = int(limit)
    if not READER.fullmatch(name):
        abort(422, "name: up to twenty small letters")
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 9:
        abort(422, "limit: from 1 to 9")
    is_new = name not in library.readers
    kept = "reader-not-kept" not in library.bugs
    if not is_new:
        kept = "reader-change-lost" not in library.bugs
    if kept:
        library.readers[name] = limit
    return _answer({"name": name, "limit": limit}, 201 if is_new else 200)


@routes.get("/readers/<name>")
def read_reader(name: str) -> Response:
    """Tell a reader."""
    readers = _library().readers
    if name not in readers:
        abort(404, "there is no such reader")
    return _answer({"name": name, "limit": readers[name]})


@routes.delete("/readers/<name>")
def forget_reader(name: str) -> Response:
    """Forget a reader."""
    library = _library()
    if name not in library.readers:
        abort(404, "there is no such reader")
    if "forgotten-reader-kept" not in library.bugs:
        del library.readers[name]
    if "readers-forgotten-together" in library.bugs:
        library.readers.clear()
    return Response(status=204)


# -- imports, which only time moves ------------------------------------------------------------

RUNNING, DONE = 0.04, 0.24
"""So many seconds after it was asked for, an import runs; and is done."""


def _import(number: int) -> dict[str, Any]:
    library = _library()
    if not 1 <= number <= len(library.imports):
        abort(404, "there is no such import")
    since = time.monotonic() - library.imports[number - 1]
    status = "queued" if since < RUNNING else "running" if since < DONE else "done"
    if status == "done" and "import-never-done" in library.bugs:
        status = "running"
    progress = min(100, round(since / DONE * 100))
    if status == "running" and "import-progress-falls" in library.bugs:
        progress = max(0, 90 - progress)
    return {"id": number, "status": status, "progress": progress}


@routes.post("/imports")
def begin_import() -> Response:
    """Accept an import, which is done later."""
    library = _library()
    library.imports.append(time.monotonic())
    number = len(library.imports)
    return _answer(_import(number), 202, Location=f"/imports/{number}")


@routes.get("/imports/<int:number>")
def read_import(number: int) -> Response:
    """Tell how far an import is."""
    return _answer(_import(number))


@routes.get("/stats")
def stats() -> Response:
    """Add up the copies."""
    library = _library()
    books = library.books.values()
    copies, lent = sum(book.copies for book in books), sum(book.lent for book in books)
    available = copies - lent
    if "stats-forget-the-lent" in library.bugs:
        available = copies
    return _answer({"copies": copies, "available": available, "lent": lent})


# -- the app -----------------------------------------------------------------------------------


def _refused(error: HTTPException) -> Response:
    status = error.code or 500
    phrase = HTTPStatus(status).phrase
    said = {"type": "about:blank", "title": phrase, "status": status, "detail": error.description}
    answer = _answer(said, status)
    answer.content_type = "application/problem+json"
    if "error-is-html" in _library().bugs and status == 404:
        return Response(f"<h1>{phrase}</h1>", 404)
    if isinstance(allowed := getattr(error, "valid_methods", None), list | set | frozenset):
        answer.headers["Allow"] = ", ".join(sorted(allowed))
    return answer


def make(bugs: Bugs = frozenset()) -> Flask:
    """A library with these bugs, which keeps nothing yet."""
    app = Flask("bank.library", static_folder=None)
    app.url_map.strict_slashes = False
    app.extensions["library"] = Library(bugs)
    app.register_blueprint(routes)
    app.register_error_handler(HTTPException, _refused)
    return app


app = make(planted())
