"""What a run of the whole pipeline takes, gives and tells: a contract in Python."""

from stagepact import (
    Contract,
    Events,
    Example,
    ExpectedEvent,
    ExpectedOutput,
    Given,
    GivenValues,
    OutputClauses,
    Stage,
)

SESSION = "6f1c1f0e-2b57-4c39-9a0a-2d6c5d1b7a11"


def heard(audio: str) -> GivenValues:
    return GivenValues(input={"audio": audio, "session_id": SESSION})


def tells_of_itself(name: str) -> Stage:
    schema = {"type": "object", "required": ["stage"], "properties": {"stage": {"const": name}}}
    return Stage(events=Events(owner="runtime", types={"completed": schema}))


contract = Contract(
    name="voice pipeline",
    uses=["voice.pipeline:pipeline"],
    schemas={
        "Audio": {"model": "voice.models:Audio"},
        "Told": {
            "type": "object",
            "required": ["pipeline", "pipeline_run_id", "timestamp", "sequence"],
            "properties": {"timestamp": {"type": "string", "format": "date-time"}},
        },
        "Completed": {
            "type": "object",
            "required": ["pipeline_run_id", "timestamp", "duration_ms"],
            "properties": {
                "pipeline_run_id": {"type": "string", "format": "uuid"},
                "timestamp": {"type": "string", "format": "date-time"},
                "duration_ms": {"type": "number", "minimum": 0},
            },
        },
    },
    stages={name: tells_of_itself(name) for name in ("transcribe", "speak")},
    pipelines={
        "voice": Stage(
            given=Given(
                input={"$ref": "#/schemas/Audio"},
                ports={
                    "stt_provider": "voice.fakes:Stt",
                    "llm_provider": "voice.fakes:Llm",
                    "tts_provider": "voice.fakes:Tts",
                    "store": "voice.store:Store",
                },
            ),
            output=OutputClauses(status=["ok", "cancel"]),
            events=Events(
                order="started (completed | failed | cancelled)",
                types={
                    "started": {"$ref": "#/schemas/Told"},
                    "completed": {"$ref": "#/schemas/Completed"},
                    "cancelled": {"required": ["reason"]},
                },
            ),
            within="5s",
            examples=[
                Example(
                    name="hello",
                    given=heard("aGVsbG8gdGhlcmU="),
                    output=ExpectedOutput(status="ok"),
                    events=[ExpectedEvent(type="started"), ExpectedEvent(type="completed")],
                ),
                Example(
                    name="a bomb",
                    given=heard("YSBib21i"),
                    output=ExpectedOutput(status="cancel"),
                ),
                Example(
                    name="silence",
                    given=heard("CgoK"),
                    output=ExpectedOutput(status="ok"),
                ),
            ],
        )
    },
)
