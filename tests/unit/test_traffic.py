"""Recorded traffic: ids, schemas, secrets, and a contract that the recorded service keeps."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from servers import served

from bank import shop
from stagepact.errors import ConfigurationError
from stagepact.flow import Options, check
from stagepact.plan import Plan
from stagepact.plan.door import make_plan, open_project
from stagepact.traffic.contract import Wanted, first_contract, only_host, render
from stagepact.traffic.model import Message, Recorded
from stagepact.traffic.proxy import Proxy
from stagepact.traffic.recordings import read_recording
from stagepact.traffic.secrets import MASK, masked
from stagepact.traffic.shapes import schema_of
from stagepact.traffic.templates import path_values, templates
from stagepact.verdict import State

# -- ids ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/", "/"),
        ("/orders", "/orders"),
        ("/orders/7", "/orders/{order_id}"),
        ("/orders/o-7/items/3", "/orders/{order_id}/items/{item_id}"),
        ("/v1/orders", "/v1/orders"),
        ("/v2/7", "/v2/{v2_id}"),
        ("/companies/7", "/companies/{company_id}"),
        ("/status/7", "/status/{status_id}"),
        ("/7", "/{id}"),
        ("/orders/7/8", "/orders/{order_id}/{id}"),
        ("/orders/7/orders/8", "/orders/{order_id}/orders/{order_id2}"),
        ("/files/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/files/{file_id}"),
        ("/users/2b1d5f3e-0c4a-4f7e-9a51-0d1c2b3a4f5e", "/users/{user_id}"),
        ("/users/me", "/users/me"),
        ("/orders/", "/orders/"),
    ],
)
def test_a_path_has_a_template(path: str, template: str) -> None:
    assert templates([path])[path] == template


def test_many_different_names_in_one_place_are_ids() -> None:
    paths = [f"/users/{name}/posts" for name in ("ada", "ida", "eve", "bob")]
    assert set(templates(paths).values()) == {"/users/{user_id}/posts"}
    assert set(templates(paths[:3]).values()) == set(paths[:3])


def test_the_values_of_a_path_are_decoded() -> None:
    assert path_values("/a/{a_id}", "/a/x%20y") == {"a_id": "x y"}


# -- schemas -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "schema"),
    [
        ([1, 2], {"type": "integer"}),
        ([1, 2.5], {"type": "number"}),
        ([None], {}),
        ([1, None], {"type": ["integer", "null"]}),
        ([True], {"type": "boolean"}),
        ([[]], {"type": "array"}),
        ([[1], ["a"]], {"type": "array", "items": {"type": ["integer", "string"]}}),
        (
            [{"a": 1, "b": 2}, {"a": 1}],
            {
                "type": "object",
                "required": ["a"],
                "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            },
        ),
        (
            [{"1": True, "2": True, "3": False}],
            {"type": "object", "additionalProperties": {"type": "boolean"}},
        ),
        (["2026-01-01", "2026-01-02", "2026-01-03"], {"type": "string", "format": "date"}),
        (["2026-01-01", "2026-01-02"], {"type": "string"}),
    ],
)
def test_values_have_a_schema(values: list[Any], schema: dict[str, Any]) -> None:
    assert schema_of(values) == schema


# -- secrets -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"password": "p", "name": "ada"}, {"password": MASK, "name": "ada"}),
        ({"user": {"apiKey": "k", "api_key": 7}}, {"user": {"apiKey": MASK, "api_key": MASK}}),
        ({"access_token": "t", "token_type": "b"}, {"access_token": MASK, "token_type": "b"}),
        ({"tokens": ["a", "b"]}, {"tokens": [MASK, MASK]}),
        (["Bearer abc.def.ghi"], [MASK]),
        ("eyJhbGciOi.eyJzdWIiOi.c2ln", MASK),
        (
            {"keyboard": "us", "author": "ada", "secret": None},
            {"keyboard": "us", "author": "ada", "secret": None},
        ),
    ],
)
def test_secrets_are_masked(value: Any, told: Any) -> None:
    assert masked(value) == told


# -- files -------------------------------------------------------------------------------------


def entry(url: str = "http://a.example/b", status: int = 200, **more: Any) -> dict[str, Any]:
    request = {"method": "GET", "url": url, "headers": [{"name": "X-A", "value": "1"}]}
    content = {"text": base64.b64encode(b"{}").decode(), "encoding": "base64"}
    response = {"status": status, "headers": [], "content": {"mimeType": "text/a", **content}}
    return {"request": {**request, **more}, "response": response}


def har(*entries: Any) -> bytes:
    return json.dumps({"log": {"entries": entries}}).encode()


def test_a_har_is_read() -> None:
    posted = {"text": '{"a": 1}'}
    (found,) = read_recording(har(entry(postData=posted), entry(status=0)), "a.har")
    assert found.request == Message({"x-a": "1"}, b'{"a": 1}')
    assert found.response == Message({"content-type": "text/a"}, b"{}")
    assert (found.origin, found.path, found.status) == ("http://a.example", "/b", 200)


def test_a_cassette_is_read() -> None:
    cassette = """
    version: 1
    interactions:
    - request: {method: post, uri: "http://u:p@a.example/b?c=1&c=2&d=", body: hi, headers: {A: [x]}}
      response: {status: {code: 201, message: Created}, headers: {B: [y, z]}, body: {string: "{}"}}
    - request: {method: GET, uri: "http://a.example/b", body: null, headers: {}}
      response: {status: {code: 200}, headers: {}, body: {string: !!binary aGk=}}
    """
    first, second = read_recording(cassette.encode(), "a.yaml")
    assert (first.method, first.status, first.request) == ("POST", 201, Message({"a": "x"}, b"hi"))
    assert first.response.headers == {"b": "y, z"}
    assert first.query == {"c": ["1", "2"], "d": ""}
    assert first.origin == "http://a.example"
    assert second.response.body == b"hi"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"{", "a.har:1: found no JSON and no YAML"),
        (b"\xff\xfe", "a.har: found no JSON and no YAML"),
        (b"[]", "a.har: found neither of both"),
        (b"a: [", "found no JSON and no YAML"),
        (b"!!python/object:os.system {}", "no JSON and no YAML"),
        (har({}), "log/entries/0 (no 'request')"),
        (har(entry(), "x"), "log/entries/1"),
        (har(entry(url="ftp://a/b")), "the URL 'ftp://a/b'"),
        (har(entry(status="x")), "log/entries/0"),  # type: ignore[arg-type]
        (b'{"interactions": [1]}', "interactions/0"),
    ],
)
def test_what_is_no_recording_is_told(data: bytes, told: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        read_recording(data, "a.har")
    assert told in str(error.value)


# -- contracts ---------------------------------------------------------------------------------


def of(method: str, path: str, status: int = 200, **how: Any) -> Recorded:
    body, said = how.get("body"), how.get("said")
    asked = {"content-type": "application/json"} if body is not None else {}
    return Recorded(
        method,
        f"http://{how.get('host', 'a.example')}{path}",
        status,
        Message({**asked, **how.get("headers", {})}, json.dumps(body).encode() if body else b""),
        Message({"content-type": "application/json"}, json.dumps(said).encode()),
    )


def examples(*recorded: Recorded, **wanted: str) -> list[str]:
    services = first_contract(recorded, Wanted(**wanted)).document["services"].values()
    return [
        example["name"]
        for service in services
        for operation in service["operations"].values()
        for example in operation.get("examples", ())
    ]


@pytest.mark.parametrize(
    ("recorded", "names"),
    [
        ([of("GET", "/a/1")], ["GET /a/1 200"]),
        ([of("GET", "/a/1"), of("DELETE", "/a/1", 204)], []),
        ([of("DELETE", "/a/1", 204), of("GET", "/a/1", 404)], ["GET /a/1 404"]),
        ([of("GET", "/a/1"), of("PUT", "/a/1", body={"b": 1})], ["GET /a/1 200", "PUT /a/1 200"]),
        ([of("GET", "/a"), of("DELETE", "/a/1", 204)], ["GET /a 200"]),
        ([of("GET", "/a/1/b"), of("DELETE", "/a/1", 204)], []),
        ([of("GET", "/a/1", 404), of("PUT", "/a/1", 201, body={"b": 1})], ["PUT /a/1 201"]),
        ([of("GET", "/a", 401)], ["GET /a 401"]),
        ([of("GET", "/a", 401, headers={"cookie": "sid=x"})], []),
        ([of("GET", "/a"), of("POST", "/a", 422, body={"b": 1})], ["GET /a 200", "POST /a 422"]),
        ([of("GET", "/a"), of("POST", "/ab", 201, body={"b": 1})], ["GET /a 200", "POST /ab 201"]),
        ([of("GET", "/a", 500)], []),
        ([of("POST", "/a", 409, body={"b": 1})], []),
        ([of("GET", "/a"), of("GET", "/a", 404), of("GET", "/a", 404)], ["GET /a 404"]),
        ([of("PUT", "/a", headers={"if-match": "1"})], []),
        ([of("GET", "/a", headers={"authorization": "Bearer x"})], []),
        ([of("GET", "/a?token=x")], []),
        ([of("POST", "/a", body={"password": "x"})], []),
    ],
)
def test_what_can_be_asked_again_is_an_example(recorded: list[Recorded], names: list[str]) -> None:
    assert examples(*recorded) == names


def test_no_secret_gets_into_the_text() -> None:
    secret = {"authorization": "Bearer s3cr3t-a", "cookie": "sid=s3cr3t-b", "x-api-key": "s3cr3t-c"}
    recorded = [
        of("GET", "/a?api_key=s3cr3t-d", headers=secret, said={"access_token": "s3cr3t-e"}),
        of("GET", "/b", headers=secret, said={"access_token": "s3cr3t-e"}),
        of(
            "POST", "/login", body={"user": "ada", "password": "s3cr3t-f"}, said={"jwt": "s3cr3t-g"}
        ),
    ]
    for state in ("", "a:b"):
        text = render(first_contract(recorded, Wanted(state=state)), "s.json")
        assert "s3cr3t" not in text


def test_a_request_that_was_refused_is_not_promised() -> None:
    good, bad = of("POST", "/a", 201, body={"n": 1}), of("POST", "/a", 422, body={"n": 100})
    for recorded, told in (([good], True), ([good, bad], False)):
        (service,) = first_contract(recorded, Wanted()).document["services"].values()
        assert ("request" in service["operations"]["POST /a"]) is told


def test_each_host_is_a_service_and_one_can_be_chosen() -> None:
    recorded = [of("GET", "/a"), of("GET", "/a", host="b.example:81")]
    services = first_contract(recorded, Wanted("x")).document["services"]
    assert {name: each["url"] for name, each in services.items()} == {
        "x": "http://a.example",
        "x-2": "http://b.example:81",
    }
    assert only_host(recorded, "b.example") == only_host(recorded, "b.example:81") == (recorded[1],)


@pytest.mark.parametrize("text", ["1e3", "0o7", "no", "a: b", "é", "*a", "- a", "~", "12:30", ""])
def test_texts_stay_texts(text: str) -> None:
    made = first_contract([of("GET", "/a", said={"x": text})], Wanted())
    assert yaml.safe_load(render(made, "s.json")) == made.document


# -- the bank's shop ---------------------------------------------------------------------------


def use(client: httpx.Client) -> None:
    """Somebody at work in the shop."""
    client.get("/health")
    client.get("/orders", headers={"authorization": "Bearer nonsense"})
    made = client.post("/orders", json={"item": "tea", "quantity": 2})
    client.post("/orders", json={"item": "tea", "quantity": 0})
    for number in range(3):
        client.post("/orders", json={"item": "coffee", "quantity": 1 + number, "note": "x"})
    client.get(made.headers["location"])
    client.get("/orders")
    client.get("/orders", params={"limit": 2, "status": "open"})
    client.get("/orders", params={"limit": 999})
    client.get("/orders/o-99")
    client.delete(made.headers["location"])
    client.post("/login", data={"username": "ada", "password": "ada-password"})


@pytest.fixture(scope="module")
def recorded() -> tuple[Recorded, ...]:
    """The work in the shop, as a recording proxy saw it."""
    with served(shop.make()) as host:
        proxy = Proxy(f"http://{host}")
        with (
            served(proxy, lifespan="on") as here,
            httpx.Client(base_url=f"http://{here}") as client,
        ):
            client.headers.update(signed_in())
            use(client)
    return tuple(proxy.recorded)


def planned(folder: Path, text: str) -> Plan:
    (folder / "pyproject.toml").write_text("[tool.stagepact]\n")
    path = folder / "shop.contract.yaml"
    path.write_text(text)
    return make_plan(open_project([path], folder))


def signed_in() -> dict[str, str]:
    return dict(shop.seed(shop.make())["headers"])


def test_the_shop_keeps_what_was_recorded_of_it(
    recorded: tuple[Recorded, ...], tmp_path: Path
) -> None:
    """Clean it keeps all, in a shop with the same orders; and with a bug it doesn't."""
    wanted = Wanted("shop", app="bank.shop:app", state="bank.shop:seed")
    text = render(first_contract(recorded, wanted), "s.json")
    assert not [each for each in signed_in().values() if each in text]
    plan = planned(tmp_path, text)
    assert plan.problems == ()
    found = [each for target in plan.targets for each in check(target, Options(seed=0))]
    assert [each for each in found if each.state is State.BROKEN] == []
    assert sum(each.state is State.KEPT for each in found) > 20


def test_the_shop_by_url_keeps_what_was_recorded_of_it(
    recorded: tuple[Recorded, ...], tmp_path: Path
) -> None:
    origin = recorded[0].origin
    with served(shop.make()) as host:
        text = render(first_contract(recorded, Wanted("shop")), "s.json")
        plan = planned(tmp_path, text.replace(origin, f"http://{host}"))
        assert plan.problems == ()
        found = [each for target in plan.targets for each in check(target, Options(seed=0))]
    assert [each for each in found if each.state is State.BROKEN] == []


def test_a_proxy_whose_target_is_gone_says_so() -> None:
    with served(Proxy("http://127.0.0.1:9"), lifespan="on") as here:
        answer = httpx.get(f"http://{here}/a")
    assert answer.status_code == 502
    assert "127.0.0.1:9" in answer.text
