"""Sentence-transformers models of a few thousand random weights, made in a moment and nowhere downloaded."""

from pathlib import Path
from typing import Any

WORDS = (
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "query", "passage", ":", ".", ",", "?", "##s"),
    *("who", "leads", "the", "chinese", "side", "tariff", "two", "sides", "met", "in", "and", "agreed", "to"),
    *(
        "lower",
        "duties",
        "for",
        "days",
        "an",
        "export",
        "licence",
        "is",
        "needed",
        "seven",
        "kinds",
        "of",
        "metal",
    ),
)
WINDOW = 32
DIMENSION = 32


def transformer(folder: Path, prompts: dict[str, str] | None = None, include_prompt: bool = True) -> Path:
    """A BERT of two small layers with mean pooling. Its pooling may leave the prompt's words out."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import WordPiece
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(20251026)
    ends = [(word, WORDS.index(word)) for word in ("[CLS]", "[SEP]")]
    words = Tokenizer(WordPiece({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.normalizer = normalizers.BertNormalizer(lowercase=True)
    words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ends
    )
    bert: Any = BertConfig(
        vocab_size=len(WORDS), hidden_size=DIMENSION, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=2 * WINDOW,
    )  # fmt: skip
    BertModel(bert).save_pretrained(folder / "bert")
    BertTokenizerFast(tokenizer_object=words, model_max_length=WINDOW).save_pretrained(folder / "bert")
    layers = [
        modules.Transformer(str(folder / "bert"), max_seq_length=WINDOW),
        modules.Pooling(DIMENSION, include_prompt=include_prompt),
    ]
    SentenceTransformer(modules=layers, prompts=prompts or {}, device="cpu").save(str(folder / "model"))
    return folder / "model"


def static(folder: Path) -> Path:
    """A vector for each word and no more: a kind of model whose export is not known here."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from tokenizers import Tokenizer, pre_tokenizers
    from tokenizers.models import WordLevel

    torch.manual_seed(20251026)
    words = Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    layer = modules.StaticEmbedding(words, embedding_dim=DIMENSION)
    SentenceTransformer(modules=[layer], device="cpu").save(str(folder / "model"))
    return folder / "model"


def cross_encoder(folder: Path, labels: int = 1) -> Path:
    """A cross-encoder of two small layers that reads a pair and gives so many scores."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    transformer(folder)
    torch.manual_seed(20251026)
    bert: Any = BertConfig(
        vocab_size=len(WORDS), hidden_size=DIMENSION, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=2 * WINDOW, num_labels=labels,
    )  # fmt: skip
    BertForSequenceClassification(bert).save_pretrained(folder / "cross")
    BertTokenizerFast.from_pretrained(folder / "bert").save_pretrained(folder / "cross")
    return folder / "cross"
