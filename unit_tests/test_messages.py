"""Every message has its cure in the documentation, in the words that a user sees, and no other message is told of there."""

import pytest

from unit_tests.messages import Entry, Text, bare, entries, texts, texts_of

REFERENCE = ("messages.md", "snapshots-api.md")
"""The pages that together tell of all messages."""
PAGES = (*REFERENCE, "clockify.md")
TEXTS = texts()


def test_every_message_is_in_the_reference() -> None:
    told = [entry for page in REFERENCE for entry in entries(page)]
    missing = {
        text.words: text.place for text in TEXTS if text.has_to_be_told and not any(one.tells(text) for one in told)
    }
    assert missing == {}, "give each an entry in docs/messages.md, with its cure"


@pytest.mark.parametrize("page", PAGES)
def test_every_entry_is_a_message_of_the_connector(page: str) -> None:
    told = list(entries(page))
    assert len(told) > 10
    assert [entry.message for entry in told if not any(entry.tells(text) for text in TEXTS)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_entry_has_words_of_its_own_and_a_cure(page: str) -> None:
    vague = [entry.message for entry in entries(page) if sum(map(str.isalpha, bare(entry.message))) < 8]
    assert vague == []
    assert [entry.message for entry in entries(page) if not entry.cure] == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('raise config_error("Bad key")', "Bad key"),
        ('raise config_error(f"{name}: no such thing")', "…: no such thing"),
        ('self.logger.info(f"{number} gone")', "… gone"),
        ('logger.warning(f"in {context.workspace} now")', "in workspace … now"),
        ("def f(n):\n    return f\"{n} list{'s' * (n != 1)} too long\"", "… lists too long"),
        ('GONE = Meaning("{host} went ({said}): `key`.", error=Gone)', "… went (…): key."),
        ('x = f"one {two} three four {five:%H}"', "one … three four …"),
        ('raise ValueError("is odd")', "is odd"),
    ],
)
def test_a_message_is_found_in_the_code(source: str, words: str) -> None:
    assert words in [text.words for text in texts_of(source) if text.has_to_be_told]


@pytest.mark.parametrize(
    "source",
    [
        '"""A module that tells what it does."""',
        'x = Field(description="What a form shows", json_schema_extra={"cure": "use one of these"})',
        'x = re.compile("one or two words")',
        'path = "workspaces/{workspaceId}/time-entries"',
        'x = {"name": "two words"}',
    ],
)
def test_other_texts_are_no_messages(source: str) -> None:
    assert [text for text in texts_of(source) if text.has_to_be_told] == []


@pytest.mark.parametrize(
    ("message", "does"),
    [
        ("… is not a list of ids: …", True),
        ("<stream>: `running` is not a list of ids: …", False),
        ("is not a list of ids", True),
        ("is not a list", False),
        ("is not … ids …", True),
        ("is no list of ids", False),
    ],
)
def test_an_entry_tells_of_a_text(message: str, does: bool) -> None:
    assert Entry(message, "").tells(Text("", "… is not a list of ids: …")) is does
