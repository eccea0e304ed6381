"""What serves is what sentence-transformers would say, or it is not served; nothing is ever cut short."""

import json
import os
import resource
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, pre_tokenizers
from tokenizers.models import WordLevel

from retrieval import encoder
from retrieval.encoder import SAMPLE, Encoder, OnnxEncoder, TorchEncoder, unit, windows
from retrieval.errors import ModelError, ModelMismatch, ModelMissing
from retrieval.models import BUNDLED, BUNDLED_SHA256, digest, file_digest, locate
from tests.retrieval import models

PROMPTS = {"query": "query: ", "document": "passage: "}
LONG = "The two sides met and agreed to lower tariffs for seven days. " * 9


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.transformer(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def prompted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.transformer(tmp_path_factory.mktemp("prompted"), PROMPTS)


@pytest.fixture(scope="module")
def prepared(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with the tiny model in it, not to be written to."""
    folder = tmp_path_factory.mktemp("prepared")
    encoder.prepare(str(tiny), folder)
    return folder


@pytest.fixture
def home(prepared: Path, tmp_path: Path) -> Path:
    """A copy of it to damage."""
    return Path(shutil.copytree(prepared, tmp_path / "models"))


def reference(folder: Path, texts: list[str], prompt: str = "") -> np.ndarray:
    """What sentence-transformers makes of texts within the window, by its own public method."""
    from sentence_transformers import SentenceTransformer

    made = SentenceTransformer(str(folder), device="cpu").encode(texts, prompt=prompt or None)
    return unit(np.asarray(made, np.float32))


def plain_tokenizer(folder: Path) -> Tokenizer:
    """A model's tokenizer that neither pads nor cuts."""
    made = Tokenizer.from_file(str(folder / "tokenizer.json"))
    made.no_padding()
    made.no_truncation()
    return made


def assert_same(ours: np.ndarray, theirs: np.ndarray) -> None:
    assert ours.dtype == np.float32
    assert np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
    assert (ours * theirs).sum(axis=1).min() >= 0.9999


def test_an_exported_model_says_what_sentence_transformers_says(tiny: Path, prepared: Path) -> None:
    made = encoder.prepare(str(tiny), prepared)
    assert isinstance(made, OnnxEncoder)
    assert made.model.cosine >= 0.9999
    texts = ["Who leads the Chinese side?", "tariffs", "稀土 — “rare”", "", "seven kinds of metal " * 5]
    assert_same(made.encode(texts, "document"), reference(tiny, texts))
    assert made.encode([], "query").shape == (0, models.DIMENSION)


def test_prompts_go_before_each_text(prompted: Path, tmp_path: Path) -> None:
    made = encoder.prepare(str(prompted), tmp_path)
    assert isinstance(made, OnnxEncoder)
    assert (made.model.query_prompt, made.model.document_prompt) == ("query: ", "passage: ")
    texts = ["Who leads the Chinese side?", "lower tariffs"]
    query, passage = made.encode(texts, "query"), made.encode(texts, "document")
    assert_same(query, reference(prompted, texts, PROMPTS["query"]))
    assert_same(passage, reference(prompted, texts, PROMPTS["document"]))
    assert (query * passage).sum(axis=1).max() < 0.9999
    assert made.count("lower tariffs") == 2 + 2 + 3


def test_a_model_that_cannot_be_exported_is_served_and_said(tmp_path: Path) -> None:
    said: list[str] = []
    folder = models.static(tmp_path / "static")
    made = encoder.prepare(str(folder), tmp_path / "models", said.append)
    assert isinstance(made, TorchEncoder)
    assert "cannot be exported" in made.model.reason
    assert any("served by sentence-transformers" in line and made.model.reason in line for line in said)
    assert_same(made.encode(["who leads", "metal"], "query"), reference(folder, ["who leads", "metal"]))
    assert made.count("who leads the side") == 4
    assert made.encode([], "query").shape == (0, models.DIMENSION)


def test_an_export_that_disagrees_is_not_used_and_said(tmp_path: Path) -> None:
    said: list[str] = []
    folder = models.transformer(tmp_path / "tiny", PROMPTS, include_prompt=False)
    made = encoder.prepare(str(folder), tmp_path / "models", said.append)
    assert isinstance(made, TorchEncoder)
    assert made.model.cosine < 0.9999
    assert any("differs (cosine 0." in line for line in said)
    texts = ["Who leads the Chinese side?", "lower tariffs"]
    assert_same(made.encode(texts, "query"), reference(folder, texts, PROMPTS["query"]))
    assert not list((tmp_path / "models").rglob("model.onnx"))


def test_a_model_that_changed_since_is_not_taken_for_the_old(tmp_path: Path) -> None:
    folder = models.static(tmp_path / "static")
    made = encoder.prepare(str(folder), tmp_path / "models")
    config = folder / "config_sentence_transformers.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"prompts": {"query": "who "}}))
    with pytest.raises(ModelMismatch, match="by now"):
        encoder.load(made.model.digest, tmp_path / "models")


# Longer than the window


@pytest.mark.parametrize("kind", ["query", "document"])
def test_a_long_text_is_the_normalised_mean_of_its_windows(
    prompted: Path, tmp_path: Path, kind: encoder.Kind
) -> None:
    made = encoder.prepare(str(prompted), tmp_path)
    room = models.WINDOW - len(("[CLS]", kind, ":", "[SEP]"))
    tokenizer = plain_tokenizer(tmp_path / made.model.digest[:16])
    parts = windows(tokenizer, LONG, room)
    assert len(parts) > 3
    mean = unit(made.encode(parts, kind).mean(axis=0, keepdims=True))
    assert_same(made.encode([LONG], kind), mean)
    assert_same(made.encode(["tariffs", LONG, "metal"], kind)[1:2], mean)


@pytest.mark.parametrize("word", ["tariffs", "metal"])
def test_the_last_word_of_a_long_text_counts(prepared: Path, tiny: Path, word: str) -> None:
    made = encoder.prepare(str(tiny), prepared)
    one, other = made.encode([LONG + word, LONG + "licence"], "document")
    assert float(one @ other) < 0.99999
    assert made.count(LONG + word) > made.count(LONG) > 3 * models.WINDOW


@given(st.text(st.sampled_from("ab 稀.\n"), max_size=200), st.integers(1, 9))
def test_windows_lose_nothing_and_hold_what_they_may(text: str, room: int) -> None:
    tokenizer = Tokenizer(WordLevel({"?": 0}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    parts = windows(tokenizer, text, room)
    assert "".join(parts) == text
    assert all(len(tokenizer.encode(part, add_special_tokens=False).ids) <= room for part in parts)
    assert all(parts) or not text


def test_windows_begin_where_words_do() -> None:
    tokenizer = plain_tokenizer(locate(BUNDLED))
    text = "Uncharacteristically protectionist counterparties renegotiated reciprocities. " * 3
    parts = windows(tokenizer, text, 12)
    assert "".join(parts) == text
    assert len(parts) > 3
    assert all(part.split()[0].strip(".") in text.replace(".", "").split() for part in parts)


# What is not there, not whole, or not finished


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("harm", ["missing", "truncated", "empty", "garbage"])
def test_a_damaged_model_is_said_and_mended_by_the_next_build(
    tiny: Path, home: Path, name: str, harm: str
) -> None:
    key = digest(tiny)
    path = home / key[:16] / name
    raw = path.read_bytes()
    path.unlink()
    if harm != "missing":
        path.write_bytes({"truncated": raw[:-9], "empty": b"", "garbage": os.urandom(len(raw))}[harm])
    with pytest.raises(ModelError, match=r"damaged or missing: run `talks corpus build`") as error:
        encoder.load(key, home)
    assert error.value.model == key
    made = encoder.prepare(str(tiny), home)
    assert_same(made.encode(["tariffs"], "query"), reference(tiny, ["tariffs"]))


def test_an_altered_weight_is_found_and_mended(tiny: Path, home: Path) -> None:
    key = digest(tiny)
    path = home / key[:16] / "model.onnx"
    sound = file_digest(path)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0x40
    path.write_bytes(raw)
    with pytest.raises(ModelError, match=r"model\.onnx is damaged"):
        encoder.check(encoder.load(key, home).model, home)
    encoder.check(encoder.prepare(str(tiny), home).model, home)
    assert file_digest(path) == sound


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"files": [], "inputs": [], "unknown": 1}'])
def test_a_note_of_another_shape_is_no_model(tiny: Path, home: Path, content: str) -> None:
    key = digest(tiny)
    (home / key[:16] / "encoder.json").write_text(content)
    with pytest.raises(ModelMissing, match="talks corpus build"):
        encoder.load(key, home)
    assert encoder.prepare(str(tiny), home).model.digest == key


def test_a_model_under_another_s_name_is_refused(tiny: Path, home: Path) -> None:
    other = "0" * 64
    (home / digest(tiny)[:16]).rename(home / other[:16])
    with pytest.raises(ModelMismatch):
        encoder.load(other, home)


def test_prepared_once_is_prepared(tiny: Path, home: Path) -> None:
    before = (home / digest(tiny)[:16] / "model.onnx").stat().st_mtime_ns
    said: list[str] = []
    encoder.prepare(str(tiny), home, said.append)
    assert said == []
    assert (home / digest(tiny)[:16] / "model.onnx").stat().st_mtime_ns == before


def test_preparing_that_was_killed_is_mended_by_the_next(tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    child = os.fork()
    if child == 0:
        encoder.prepare(str(tiny), folder)
        os._exit(0)
    deadline = time.monotonic() + 30
    while not list(folder.glob(".model-*/*")):
        assert time.monotonic() < deadline
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    [left] = folder.glob(".model-*")
    key = digest(tiny)
    with pytest.raises(ModelMissing):
        encoder.load(key, folder)
    an_hour_ago = time.time() - encoder.ABANDONED - 1
    os.utime(left, (an_hour_ago, an_hour_ago))
    made = encoder.prepare(str(tiny), folder)
    assert_same(made.encode(["tariffs"], "query"), reference(tiny, ["tariffs"]))
    assert [p.name for p in folder.iterdir()] == [key[:16]]


def test_a_full_disk_is_not_taken_for_a_model_that_cannot_be_exported(tiny: Path, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(ModelError, match="could not be written"):
            encoder.prepare(str(tiny), tmp_path / "models")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize("name", ["/nowhere/at/all", "./nowhere", "~/no/such/model"])
def test_a_folder_that_is_not_there_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no model folder"):
        encoder.prepare(name, tmp_path)


def test_a_folder_without_weights_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelMissing, match="no model weights"):
        digest(tmp_path)


def test_a_model_is_known_by_its_files_and_not_by_its_place(tiny: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny, tmp_path / "copy"))
    assert digest(copy) == digest(tiny)
    (copy / "notes.md").write_text("Notes bear on no vector.")
    assert digest(copy) == digest(tiny)
    config = copy / "config_sentence_transformers.json"
    config.write_text(config.read_text() + " ")
    assert digest(copy) != digest(tiny)


# The model that ships


def test_the_bundled_weights_are_the_published_ones() -> None:
    assert file_digest(locate(BUNDLED) / "model.safetensors") == BUNDLED_SHA256


@pytest.fixture(scope="module")
def bundled(prepared_models: Path) -> Encoder:
    return encoder.load(digest(locate(BUNDLED)), prepared_models)


@pytest.mark.model
def test_the_bundled_model_is_exported_and_agrees(bundled: Encoder) -> None:
    assert isinstance(bundled, OnnxEncoder)
    assert (bundled.model.dimension, bundled.model.window) == (384, 256)
    texts = [text for text in SAMPLE if bundled.count(text) <= bundled.model.window]
    assert len(texts) == len(SAMPLE) - 1
    assert_same(bundled.encode(texts, "query"), reference(locate(BUNDLED), texts))


@pytest.mark.model
def test_batches_do_not_change_a_vector(bundled: Encoder) -> None:
    counted: list[int] = []
    texts = [f"Container {n} was loaded with {'soybeans ' * (n % 7)}in port {n}." for n in range(40)]
    together = bundled.encode(texts, "document", counted.append)
    alone = np.concatenate([bundled.encode([text], "document") for text in texts[:8]])
    assert sum(counted) == 40
    assert np.allclose(together[:8], alone, atol=1e-5)
