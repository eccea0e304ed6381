"""A syndicated story is one cluster: one is cited, and nothing that only a copy says is lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from corpus.diff import Piece, pieces, plain
from corpus.duplicates import KEPT, Cluster, clusters, once
from corpus.split import split
from retrieval import builds
from retrieval.types import Document, Source, Span
from tests.corpus.changing import Desk, text
from tests.corpus.workshop import write
from tests.fakes import BagOfWords

STORY = " ".join(text(n).split("\n\n")[1] for n in range(6))
OWN = "Our own reporter adds that the harbour of Sines stayed closed."
WIRE = Document.of("wire", Source("Talks go on", "A wire", date(2025, 5, 2), tier="wire"), STORY)
PRESS = Document.of("press", Source("Talks: more", "A paper", date(2025, 5, 1)), f"By a reporter.\n\n{STORY}")
LONGER = Document.of("longer", Source("Talks", "Another", date(2025, 5, 3)), f"{STORY}\n\n{OWN}")
OTHER = Document.of("other", Source("Something else"), " ".join(text(n) for n in range(20, 26)))


def test_copies_are_one_story_and_the_best_tier_is_cited() -> None:
    assert clusters([PRESS, OTHER, LONGER, WIRE]) == (Cluster("wire", ("press", "longer")),)


def test_within_a_tier_the_earliest_is_cited() -> None:
    undated = replace(WIRE, id="undated", source=Source("Undated"))
    assert clusters([undated, LONGER, PRESS]) == (Cluster("press", ("longer", "undated")),)


def test_other_stories_are_left_alone() -> None:
    assert clusters([WIRE, OTHER]) == ()
    assert clusters([]) == ()
    short = [Document.of(f"s{n}", Source("Short"), f"Word {n}") for n in range(3)]
    assert clusters(short) == ()


def test_a_copy_is_indexed_only_for_what_it_adds() -> None:
    known = {d.id: d for d in (WIRE, LONGER, OTHER)}
    bag = BagOfWords()

    def whole(document: Document) -> Sequence[Span]:
        return split(document, bag.count, bag.model.window)

    cut = once(whole, known, clusters(known.values()))
    assert [LONGER.slice(span) for span in cut(LONGER)] == [OWN]
    assert cut(WIRE) == whole(WIRE)
    assert cut(OTHER) == whole(OTHER)


def test_a_refresh_shows_the_cluster_and_keeps_all_of_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home")
    write(desk.folder, wire=STORY, copy=f"{STORY}\n\n{OWN}", other=OTHER.text)
    made = desk.plan()
    assert [(d["cited"][:4], [a[:4] for a in d["also"]]) for d in made.duplicates] == [("copy", ["wire"])]
    assert desk.refresh(made).outcome == "published"
    build = builds.load(desk.shop.index)
    assert len(build.documents) == 3
    passages = [build.passage(row) for row in range(build.manifest.passages)]
    texts = [text for passage in passages for text in passage.text.split("\n\n")]
    assert len(texts) == len(set(texts)), "no sentence can be quoted from two copies"
    assert desk.refresh().outcome == "nothing"


def test_changes_are_shown_word_by_word_with_a_sentence_around() -> None:
    before = (
        "One stays. Two stays. Three stays. They met in Lima on Monday. Five stays. Six stays. Seven stays."
    )
    after = before.replace("in Lima on", "in Oslo on") + " Eight is new."
    shown = plain(pieces(before, after))
    assert shown == (
        "[… 2 sentences unchanged …] Three stays. They met in [-Lima-] {+Oslo+} on Monday. "
        "Five stays. Six stays. Seven stays. {+Eight is new.+}"
    )
    assert pieces(before, before) == ()
    assert pieces("", "All new.") == (Piece("added", "All new."),)


def test_a_text_that_changed_beyond_comparing_is_shown_whole() -> None:
    old, new = ("".join(f"{w}{n} " for n in range(2500)).strip() for w in ("a", "b"))
    assert [piece.kind for piece in pieces(old, new)] == ["removed", "added"]


def test_signatures_are_kept_and_made_again_where_they_are_damaged(tmp_path: Path) -> None:
    found = clusters([PRESS, OTHER, WIRE], tmp_path)
    kept = tmp_path / KEPT
    made = kept.read_bytes()
    assert clusters([PRESS, OTHER, WIRE], tmp_path) == found
    assert kept.read_bytes() == made
    assert clusters([PRESS, OTHER, LONGER, WIRE], tmp_path) == (Cluster("wire", ("press", "longer")),)
    kept.write_bytes(made[: len(made) // 2])
    assert clusters([PRESS, OTHER, WIRE], tmp_path) == found


def test_the_same_text_of_another_publisher_is_also_in_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home")
    for name, publisher in (("one", "A wire"), ("two", "A paper")):
        (desk.folder / f"{name}.md").write_text(f"---\npublisher: {publisher}\n---\n{STORY}", "utf-8")
    assert desk.refresh().outcome == "published"
    build = builds.load(desk.shop.index)
    cited, also = (build.document(id) for id in next((c, o) for c, (o,) in build.clusters.items()))
    assert cited is not None
    passages = [build.passage(row) for row in range(build.manifest.passages)]
    assert {passage.document for passage in passages} == {cited}
    assert build.also(cited, passages[0].span) == (also,)
    assert desk.refresh().outcome == "nothing"
