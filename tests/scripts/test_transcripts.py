from tertulia_wire.codec import Encoding
from transcripts import transcripts

STEPS = {"connect", "send", "send_frame", "expect", "expect_close", "expect_refusal"}
SUBPROTOCOLS = {encoding.value for encoding in Encoding}


def test_transcripts_have_names_of_their_own() -> None:
    names = [transcript["name"] for transcript in transcripts()]
    assert len(set(names)) == len(names)


def test_transcripts_are_made_of_known_steps() -> None:
    for transcript in transcripts():
        steps = [step["do"] for step in transcript["steps"]]
        assert set(steps) <= STEPS, transcript["name"]
        assert steps[0] == "connect", transcript["name"]
        assert steps[-1].startswith("expect"), transcript["name"]
        assert transcript["about"].endswith("."), transcript["name"]


def test_frames_are_given_for_each_encoding_that_is_played() -> None:
    for transcript in transcripts():
        assert set(transcript["encodings"]) <= SUBPROTOCOLS
        for step in transcript["steps"]:
            if step["do"] == "send_frame":
                assert set(transcript["encodings"]) <= set(step["frames"]), transcript["name"]


def test_transcripts_cover_both_encodings() -> None:
    assert {name for transcript in transcripts() for name in transcript["encodings"]} == SUBPROTOCOLS
