"""Builds are whole or not there: what is carried over, what is refused, and what an altered byte does."""

import json
import logging
import shutil
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from corpus.split import split
from retrieval import builds
from retrieval.answer import answer, mismatches
from retrieval.builds import Build
from retrieval.errors import BuildError, DamagedBuild, NoBuild
from retrieval.sentences import sentences
from retrieval.types import Document, Source, Span, version_of
from tests.fakes import BagOfWords

SPEECH = "Bessent said that the extra tariff was off the table. Nobody at the meeting asked him why."
HARVEST = "Soybeans will be shipped again from January.\n\nFarmers in Iowa welcomed the purchases."
MAGNETS = "Licences for magnets stay in force. Customs officers check each container of magnets."


def document(name: str, text: str, title: str = "", published: date | None = None) -> Document:
    return Document.of(name, Source(title or name.title(), published=published), text)


def corpus() -> list[Document]:
    return [
        document("speech", SPEECH, published=date(2025, 10, 26)),
        document("harvest", HARVEST, published=date(2025, 11, 5)),
        document("magnets", MAGNETS),
    ]


def make(root: Path, documents: Sequence[Document], bag: BagOfWords, previous: Build | None = None) -> Build:
    cut = partial(split, count=bag.count, window=bag.model.window)
    id = builds.write(root, documents, cut, bag, previous)
    builds.publish(root, id)
    return builds.load(root)


def alter(build: Build, name: str, old: bytes, new: bytes) -> None:
    """Change bytes of a file on disk, and not its size."""
    path = build.folder / name
    raw = path.read_bytes()
    assert raw.count(old) >= 1
    assert len(old) == len(new)
    path.write_bytes(raw.replace(old, new, 1))


def texts(build: Build) -> list[str]:
    return [build.passage(row).text for row in range(build.manifest.passages)]


def test_a_build_holds_all_that_it_was_made_of(tmp_path: Path, bag: BagOfWords) -> None:
    build = make(tmp_path, corpus(), bag)
    assert build.documents == tuple(corpus())
    assert build.newest == date(2025, 11, 5)
    assert build.id == builds.current(tmp_path)
    assert build.document("magnets") == corpus()[2]
    assert build.document("nothing") is None
    assert build.damaged == frozenset()
    builds.check(tmp_path, build.id)
    assert {p.name for p in tmp_path.iterdir()} == {"CURRENT", build.id}


def test_each_sentence_of_a_passage_has_its_own_vector(tmp_path: Path, bag: BagOfWords) -> None:
    build = make(tmp_path, corpus(), bag)
    seen = []
    for row in range(build.manifest.passages):
        passage = build.passage(row)
        rows, spans = build.sentences_of(row)
        assert len(rows) == len(spans) > 0
        assert all(span in passage.span for span in spans)
        words = [passage.document.slice(span) for span in spans]
        assert np.allclose(
            build.sentence_vectors[rows.start : rows.stop], bag.encode(words, "document"), atol=1e-3
        )
        seen += words
    assert len(seen) == build.manifest.sentences == 6


def test_the_same_documents_are_not_embedded_again(tmp_path: Path, bag: BagOfWords) -> None:
    first = make(tmp_path, corpus(), bag)
    assert first.manifest.embedded == len(bag.embedded)
    assert first.manifest.carried == 0
    bag.embedded.clear()
    second = make(tmp_path, corpus(), bag, first)
    assert bag.embedded == []
    assert second.id != first.id
    assert second.manifest.carried == first.manifest.embedded
    for name in ("vectors.npy", "sentence_vectors.npy", "passages.npy", "sentences.npy"):
        assert np.array_equal(np.load(first.folder / name), np.load(second.folder / name)), name


def test_only_what_changed_is_embedded(tmp_path: Path, bag: BagOfWords) -> None:
    first = make(tmp_path, corpus(), bag)
    bag.embedded.clear()
    changed = [*corpus()[:2], document("magnets", MAGNETS.replace("stay", "remain"))]
    second = make(tmp_path, changed, bag, first)
    assert sorted(bag.embedded) == sorted(
        [f"Magnets\n{changed[2].text}", "Licences for magnets remain in force."]
    )
    assert second.manifest.embedded == 2
    assert second.manifest.carried == first.manifest.passages + first.manifest.sentences - 2


def test_a_title_is_part_of_what_is_embedded(tmp_path: Path, bag: BagOfWords) -> None:
    first = make(tmp_path, corpus(), bag)
    bag.embedded.clear()
    make(tmp_path, [document("speech", SPEECH, "Another title"), *corpus()[1:]], bag, first)
    assert bag.embedded == [f"Another title\n{SPEECH}"]


def test_nothing_is_carried_over_from_another_model(tmp_path: Path, bag: BagOfWords) -> None:
    first = make(tmp_path, corpus(), bag)
    other = BagOfWords("another", dimension=64)
    second = make(tmp_path, corpus(), other, first)
    assert second.manifest.carried == 0
    assert second.sentence_vectors.shape[1] == 64


@pytest.mark.parametrize("name", ["vectors.npy", "sentence_vectors.npy", "keys.npy", "sentence_keys.npy"])
def test_an_altered_vector_is_not_carried_on(tmp_path: Path, bag: BagOfWords, name: str) -> None:
    first = make(tmp_path, corpus(), bag)
    path = first.folder / name
    raw = bytearray(path.read_bytes())
    raw[-5] ^= 0x10
    path.write_bytes(raw)
    second = make(tmp_path, corpus(), bag, builds.load(tmp_path, first.id))
    sizes = (second.manifest.passages, second.manifest.sentences)
    assert second.manifest.carried == sizes[0 if name.startswith("sentence") else 1], "the other set is"
    whole = make(tmp_path / "fresh", corpus(), bag)
    assert np.array_equal(np.load(whole.folder / name), np.load(second.folder / name))


def test_after_deleting_and_adding_every_unchanged_passage_answers_for_itself(
    tmp_path: Path, bag: BagOfWords
) -> None:
    def made(n: int) -> Document:
        return document(f"d{n}", f"Delegate{n} spoke of cargo{n} in hall{n}. Then visitor{n} left gate{n}.")

    first = make(tmp_path, [made(n) for n in range(60)], bag)
    kept = [made(n) for n in range(60) if n % 6]
    second = make(tmp_path, [*(made(n) for n in range(100, 110)), *kept], bag, first)
    assert second.manifest.embedded == 10 * 3
    for row, words in enumerate(texts(second)):
        found = second.index.search(
            bag.encode([f"{second.passage(row).document.source.title} {words}"], "query")[0], 1
        )
        assert found[0][0] == row
        assert found[1][0] == pytest.approx(1, abs=1e-5)
        rows, spans = second.sentences_of(row)
        own = bag.encode([second.passage(row).document.slice(span) for span in spans], "document")
        assert np.allclose(second.sentence_vectors[rows.start : rows.stop], own, atol=1e-3)


def test_an_empty_corpus_makes_a_build_that_says_so(tmp_path: Path, bag: BagOfWords) -> None:
    build = make(tmp_path, [], bag)
    found = answer(build, bag, "What did Bessent say?")
    assert (found.answered, found.hits, found.reason) == (False, (), "the corpus is empty")
    assert build.newest is None
    grown = make(tmp_path, corpus(), bag, build)
    assert len(grown.documents) == 3


def test_progress_counts_up_to_all_that_is_embedded(tmp_path: Path, bag: BagOfWords) -> None:
    steps: list[tuple[int, int]] = []
    cut = partial(split, count=bag.count, window=bag.model.window)
    builds.write(tmp_path, corpus(), cut, bag, None, lambda done, total: steps.append((done, total)))
    assert steps == [(n, len(bag.embedded)) for n in range(1, len(bag.embedded) + 1)]


def test_a_large_document_takes_linear_time(tmp_path: Path, bag: BagOfWords) -> None:
    def lines(count: int) -> Document:
        return document("large", "\n\n".join(f"Entry {n} names ship{n} and port{n}." for n in range(count)))

    def spans(made: Document) -> list[Span]:
        starts = [i for i in range(len(made.text)) if i == 0 or made.text[i - 2 : i] == "\n\n"]
        return [
            Span(a, b) for a, b in zip(starts, [*[s - 2 for s in starts[1:]], len(made.text)], strict=True)
        ]

    looked = 0

    class Counted(Span):
        """A span that counts how often it is asked where it starts or what it holds."""

        __slots__ = ()

        def __contains__(self, other: object) -> bool:
            nonlocal looked
            looked += 1
            return super().__contains__(other)

    size = 2000
    builds.write(tmp_path, [lines(size)], lambda d: [Counted(s.start, s.end) for s in spans(d)], bag)
    assert looked <= 20 * size


# What is refused


def test_nothing_published_is_no_build(tmp_path: Path, bag: BagOfWords) -> None:
    with pytest.raises(NoBuild, match="talks corpus build"):
        builds.load(tmp_path)
    cut = partial(split, count=bag.count, window=bag.model.window)
    builds.write(tmp_path, corpus(), cut, bag)
    with pytest.raises(NoBuild):
        builds.load(tmp_path)


FILES = (
    "documents.jsonl",
    "passages.npy",
    "sentences.npy",
    "sentence_vectors.npy",
    "passages.faiss",
    "vectors.npy",
)


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
@pytest.mark.parametrize("harm", ["missing", "truncated", "empty", "garbage"])
def test_a_file_that_is_not_whole_is_refused(tmp_path: Path, bag: BagOfWords, name: str, harm: str) -> None:
    build = make(tmp_path, corpus(), bag)
    path = build.folder / name
    raw = path.read_bytes()
    path.unlink()
    if harm != "missing":
        path.write_bytes(
            {"truncated": raw[:-3], "empty": b"", "garbage": b"\xff\x00{" * (len(raw) // 3 + 1)}[harm]
        )
    with pytest.raises(DamagedBuild) as refused:
        builds.load(tmp_path)
    assert refused.value.build == build.id
    assert build.id in str(refused.value)
    with pytest.raises(DamagedBuild):
        builds.check(tmp_path, build.id)


@pytest.mark.parametrize("name", FILES)
def test_an_altered_byte_is_found_and_never_published(tmp_path: Path, bag: BagOfWords, name: str) -> None:
    sound = make(tmp_path, corpus(), bag)
    cut = partial(split, count=bag.count, window=bag.model.window)
    other = builds.write(tmp_path, corpus()[:2], cut, bag)
    raw = bytearray((tmp_path / other / name).read_bytes())
    raw[-9] ^= 1
    (tmp_path / other / name).write_bytes(raw)
    with pytest.raises(DamagedBuild) as refused:
        builds.publish(tmp_path, other)
    assert refused.value.build == other
    assert name in str(refused.value)
    assert builds.current(tmp_path) == sound.id


@pytest.mark.parametrize("name", ["passages.npy", "sentences.npy"])
def test_spans_that_were_altered_are_not_loaded(tmp_path: Path, bag: BagOfWords, name: str) -> None:
    build = make(tmp_path, corpus(), bag)
    raw = bytearray((build.folder / name).read_bytes())
    raw[-4] ^= 1
    (build.folder / name).write_bytes(raw)
    with pytest.raises(DamagedBuild, match=name):
        builds.load(tmp_path)


@pytest.mark.parametrize(
    "manifest", ["[]", '"text"', "7", "null", "{}", '{"schema": 1}', '{"schema": 2, "more": 1}']
)
def test_a_manifest_of_another_shape_is_refused(tmp_path: Path, bag: BagOfWords, manifest: str) -> None:
    build = make(tmp_path, corpus(), bag)
    (build.folder / "manifest.json").write_text(manifest)
    with pytest.raises(DamagedBuild, match=r"format 2" if "2" in manifest else "no readable manifest"):
        builds.load(tmp_path)


def test_a_manifest_that_counts_otherwise_is_refused(tmp_path: Path, bag: BagOfWords) -> None:
    build = make(tmp_path, corpus(), bag)
    fields = json.loads((build.folder / "manifest.json").read_text())
    (build.folder / "manifest.json").write_text(json.dumps(fields | {"passages": 99}))
    with pytest.raises(DamagedBuild, match="its manifest says otherwise"):
        builds.load(tmp_path)
    renamed = [["other", fields["documents"][0][1]], *fields["documents"][1:]]
    (build.folder / "manifest.json").write_text(json.dumps(fields | {"documents": renamed}))
    with pytest.raises(DamagedBuild, match="other documents"):
        builds.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"nothing-like-it\n"])
def test_a_current_that_names_no_build_is_an_error_of_ours(
    tmp_path: Path, bag: BagOfWords, content: bytes
) -> None:
    make(tmp_path, corpus(), bag)
    (tmp_path / "CURRENT").write_bytes(content)
    with pytest.raises(BuildError):
        builds.load(tmp_path)


def test_an_older_build_can_be_published_again(tmp_path: Path, bag: BagOfWords) -> None:
    first = make(tmp_path, corpus(), bag)
    second = make(tmp_path, corpus()[:1], bag, first)
    builds.publish(tmp_path, first.id)
    assert builds.load(tmp_path).id == first.id
    assert builds.load(tmp_path, second.id).documents == tuple(corpus()[:1])


def test_a_loaded_build_outlives_its_folder(tmp_path: Path, bag: BagOfWords) -> None:
    build = make(tmp_path, corpus(), bag)
    shutil.rmtree(build.folder)
    found = answer(build, bag, "Bessent extra tariff table", threshold=0)
    assert found.quotes[0].text == SPEECH[:53]


# The verbatim guarantee


def test_one_altered_character_shows_no_quote(
    tmp_path: Path, bag: BagOfWords, caplog: pytest.LogCaptureFixture
) -> None:
    made = make(tmp_path, corpus(), bag)
    question = "Did Bessent say the extra tariff was off the table?"
    shown = answer(made, bag, question, threshold=0).quotes
    assert {q.document.id for q in shown} == {"speech"}
    alter(made, "documents.jsonl", b"was off the table", b"was on! the table")
    build = builds.load(tmp_path)
    assert build.damaged == {"speech"}
    before = mismatches.count
    with caplog.at_level(logging.ERROR):
        found = answer(build, bag, question, threshold=0)
    assert "speech" not in {q.document.id for q in found.quotes}
    assert mismatches.count == before + len(shown)
    record, *others = (r for r in caplog.records if r.levelno == logging.ERROR)
    assert len(others) == len(shown) - 1
    for id in ("speech", version_of(SPEECH), build.id):
        assert id in record.getMessage()
    with pytest.raises(DamagedBuild, match=r"documents\.jsonl"):
        builds.check(tmp_path, build.id)


def test_the_other_documents_of_a_damaged_build_still_answer(tmp_path: Path, bag: BagOfWords) -> None:
    alter(make(tmp_path, corpus(), bag), "documents.jsonl", b"off the table", b"on! the table")
    found = answer(builds.load(tmp_path), bag, "Which farmers in Iowa welcomed the purchases?", threshold=0)
    assert found.quotes[0].text == "Farmers in Iowa welcomed the purchases."


def test_a_citation_that_was_altered_is_not_shown(tmp_path: Path, bag: BagOfWords) -> None:
    alter(make(tmp_path, corpus(), bag), "documents.jsonl", b"2025-10-26", b"2015-10-26")
    with pytest.raises(DamagedBuild, match=r"documents\.jsonl"):
        builds.load(tmp_path)


def test_a_text_that_lost_characters_is_refused_not_crashed_on(tmp_path: Path, bag: BagOfWords) -> None:
    build = make(tmp_path, corpus(), bag)
    # Six bytes that spell one character, in place of six characters.
    alter(build, "documents.jsonl", b"Customs", b"\\u00e9s")
    with pytest.raises(DamagedBuild, match="is not what was written"):
        builds.load(tmp_path)


def test_sources_survive_the_way_to_disk_and_back(tmp_path: Path, bag: BagOfWords, article: Path) -> None:
    from datetime import UTC, datetime

    from corpus import extract
    from corpus.refresh import starter_documents

    now = datetime(2026, 11, 1, 12, tzinfo=UTC)
    documents = [extract.document(article, {}, now), *starter_documents(now).values()][:6]
    assert any(d.source.compiled_from for d in documents)
    assert make(tmp_path, documents, bag).documents == tuple(documents)


def test_only_documents_that_are_new_to_it_are_read_again(tmp_path: Path, bag: BagOfWords) -> None:
    read: list[str] = []

    def cut(made: Document) -> Sequence[Span]:
        read.append(made.id)
        return split(made, bag.count, bag.model.window)

    def write(documents: Sequence[Document], previous: Build | None, way: str = "one") -> Build:
        read.clear()
        id = builds.write(tmp_path, documents, cut, bag, previous, way=lambda document: way)
        return builds.load(tmp_path, id)

    first = write(corpus(), None)
    renamed = document("magnets", MAGNETS, title="Renamed")
    carried = write([document("ports", "Port fees are suspended."), *corpus()[:2], renamed], first)
    assert read == ["ports", "magnets"]
    (tmp_path / "new").mkdir()
    afresh = make(tmp_path / "new", carried.documents, bag)
    for name in ("passages.npy", "sentences.npy", "lexical.data.npy", "lexical.indices.npy"):
        assert np.array_equal(np.load(carried.folder / name), np.load(afresh.folder / name)), name
    assert carried.vocabulary == afresh.vocabulary
    write(corpus(), first, "another")
    assert len(read) == 3
    alter(first, "readings.jsonl", b"soybean", b"soybeen")
    write(corpus(), first)
    assert len(read) == 3


def test_a_story_is_also_in_the_documents_that_say_it_too(tmp_path: Path, bag: BagOfWords) -> None:
    copied = document("copied", SPEECH.replace("Nobody", "No one"))
    documents = [*corpus(), copied]
    cut = partial(split, count=bag.count, window=bag.model.window)
    id = builds.write(tmp_path, documents, cut, bag, clusters={"speech": ["copied"]})
    build = builds.load(tmp_path, id)
    first, second = sentences(SPEECH)
    assert build.also(documents[0], first) == (copied,)
    assert build.also(copied, sentences(copied.text)[0]) == (documents[0],)
    assert build.also(documents[0], second) == ()
    assert build.also(documents[1], sentences(HARVEST)[0]) == ()
