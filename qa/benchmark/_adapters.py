"""Other engines behind one interface: each is filled with a corpus, and opened for searching in its modes.

Every one is set up as its own documentation says, with character bigrams as the terms of its lexical half: with the
words that it would take by itself no Chinese can be found. Vectors are given, not worked out.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

K = 10
_BATCH = 5000  # passages that Chroma takes at once, about

Search = Callable[[int], list[str]]  # number of a question -> the texts found, best first


@dataclass(frozen=True)
class Corpus:
    """A folder with `texts.json`, `vectors.npy` (float32[n, dim], unit length) and the same of the questions."""

    folder: Path

    @cached_property
    def texts(self) -> list[str]:
        return list(json.loads((self.folder / "texts.json").read_text(encoding="utf-8")))

    @cached_property
    def vectors(self) -> npt.NDArray[np.float32]:
        found: npt.NDArray[np.float32] = np.load(self.folder / "vectors.npy", allow_pickle=False)
        return found

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Two cuttings of the passage that is looked for: joined they are the question."""
        return [(a, b) for a, b in json.loads((self.folder / "pairs.json").read_text(encoding="utf-8"))]

    @cached_property
    def questions(self) -> list[str]:
        return [a + b for a, b in self.pairs]

    @cached_property
    def queries(self) -> npt.NDArray[np.float32]:
        found: npt.NDArray[np.float32] = np.load(self.folder / "queries.npy", allow_pickle=False)
        return found

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {question: i for i, question in enumerate(self.questions)}

    def vector(self, question: str) -> list[float]:
        """What an encoder would give for a question."""
        found: list[float] = self.queries[self._numbers[question]].tolist()
        return found

    def prepare(self) -> None:
        """Reads the questions."""
        self.vector(self.questions[0])


@dataclass(frozen=True)
class Peer:
    """One engine: what it is called where it is published, the packages it needs, how to fill it, how to open it."""

    distribution: str
    packages: tuple[str, ...]
    build: Callable[[Corpus, Path], None]
    open: Callable[[Corpus, Path], dict[str, Search]]

    def missing(self) -> list[str]:
        return [name for name in self.packages if importlib.util.find_spec(name.split(".")[0]) is None]


def bigrams(text: str) -> list[str]:
    return [text[i : i + 2] for i in range(len(text) - 1)]


def batches(count: int) -> Iterator[slice]:
    return (slice(first, first + _BATCH) for first in range(0, count, _BATCH))


# --- txtai: an inverted file of FAISS, terms of its own in SQLite -----------------------------------------------------


def _txtai(corpus: Corpus) -> Any:
    from txtai import Embeddings

    def transform(texts: list[str]) -> Any:
        return np.array([corpus.vector(text) for text in texts], np.float32)

    scoring = {"method": "bm25", "terms": True, "normalize": True, "tokenizer": {"ngrams": 2}}
    return Embeddings(method="external", transform=transform, backend="faiss", scoring=scoring, content=True)


def build_txtai(corpus: Corpus, folder: Path) -> None:
    known = dict(zip(corpus.texts, corpus.vectors, strict=True))
    index = _txtai(corpus)
    index.config["transform"] = lambda texts: np.stack([known[text] for text in texts])
    index.configure(index.config)
    index.index((i, text, None) for i, text in enumerate(corpus.texts))
    index.config.pop("transform")
    index.save(str(folder))


def open_txtai(corpus: Corpus, folder: Path) -> dict[str, Search]:
    index = _txtai(corpus)
    transform = index.config["transform"]
    index.load(str(folder))
    index.model.transform = transform

    def search(weights: list[float]) -> Search:
        return lambda i: [one["text"] for one in index.search(corpus.questions[i], K, weights=weights)]

    return {"dense": search([1.0, 0.0]), "sparse": search([0.0, 1.0]), "hybrid": search([0.5, 0.5])}


# --- LangChain: exact FAISS, rank_bm25, reciprocal ranks --------------------------------------------------------------


def _langchain_vectors(corpus: Corpus) -> Any:
    from langchain_core.embeddings import Embeddings

    class Known(Embeddings):  # type: ignore[misc, unused-ignore]
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            raise NotImplementedError

        def embed_query(self, text: str) -> list[float]:
            return corpus.vector(text)

    return Known()


def build_langchain(corpus: Corpus, folder: Path) -> None:
    from langchain_community.vectorstores import FAISS

    pairs = zip(corpus.texts, corpus.vectors.tolist(), strict=True)
    FAISS.from_embeddings(pairs, _langchain_vectors(corpus)).save_local(str(folder))
    (folder / "texts.json").write_text(json.dumps(corpus.texts, ensure_ascii=False), encoding="utf-8")


def open_langchain(corpus: Corpus, folder: Path) -> dict[str, Search]:
    from langchain_classic.retrievers import EnsembleRetriever
    from langchain_community.retrievers import BM25Retriever
    from langchain_community.vectorstores import FAISS

    vectors = _langchain_vectors(corpus)
    store = FAISS.load_local(str(folder), vectors, allow_dangerous_deserialization=True)
    dense = store.as_retriever(search_kwargs={"k": K})
    texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    # It has no way of its own to be kept, so that it is built whenever it is opened.
    sparse = BM25Retriever.from_texts(texts, preprocess_func=bigrams, k=K)
    hybrid = EnsembleRetriever(retrievers=[sparse, dense], weights=[0.5, 0.5])

    def search(retriever: Any) -> Search:
        return lambda i: [one.page_content for one in retriever.invoke(corpus.questions[i])[:K]]

    return {"dense": search(dense), "sparse": search(sparse), "hybrid": search(hybrid)}


# --- LlamaIndex: its simple store, bm25s, reciprocal ranks ------------------------------------------------------------


def _llamaindex_vectors(corpus: Corpus) -> Any:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    class Known(BaseEmbedding):  # type: ignore[misc, unused-ignore]
        def _get_query_embedding(self, query: str) -> list[float]:
            return corpus.vector(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return corpus.vector(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            raise NotImplementedError

    return Known()


def build_llamaindex(corpus: Corpus, folder: Path) -> None:
    from llama_index.core import VectorStoreIndex
    from llama_index.core.schema import TextNode
    from llama_index.retrievers.bm25 import BM25Retriever

    pairs = zip(corpus.texts, corpus.vectors.tolist(), strict=True)
    nodes = [TextNode(text=text, id_=str(i), embedding=vector) for i, (text, vector) in enumerate(pairs)]
    index = VectorStoreIndex(nodes, embed_model=_llamaindex_vectors(corpus))
    index.storage_context.persist(str(folder / "store"))
    options = {"similarity_top_k": K, "skip_stemming": True, "token_pattern": r"(?=(\w\w))"}
    BM25Retriever.from_defaults(nodes=nodes, **options).persist(str(folder / "bm25"))


def open_llamaindex(corpus: Corpus, folder: Path) -> dict[str, Search]:
    from llama_index.core import StorageContext, load_index_from_storage
    from llama_index.core.llms import MockLLM
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.retrievers.bm25 import BM25Retriever

    context = StorageContext.from_defaults(persist_dir=str(folder / "store"))
    index = load_index_from_storage(context, embed_model=_llamaindex_vectors(corpus))
    dense = index.as_retriever(similarity_top_k=K)
    sparse = BM25Retriever.from_persist_dir(str(folder / "bm25"))
    sparse.skip_stemming, sparse.token_pattern = True, r"(?=(\w\w))"  # which it does not keep
    options = {"num_queries": 1, "similarity_top_k": K, "mode": "reciprocal_rerank", "use_async": False}
    hybrid = QueryFusionRetriever([dense, sparse], llm=MockLLM(), **options)

    def search(retriever: Any) -> Search:
        return lambda i: [one.text for one in retriever.retrieve(corpus.questions[i])]

    return {"dense": search(dense), "sparse": search(sparse), "hybrid": search(hybrid)}


# --- Chroma: a graph of vectors; no lexical ranking in the local store ------------------------------------------------


def build_chroma(corpus: Corpus, folder: Path) -> None:
    import chromadb

    made = chromadb.PersistentClient(str(folder)).create_collection("passages", metadata={"hnsw:space": "cosine"})
    for part in batches(len(corpus.texts)):
        names = [str(i) for i in range(part.start, part.start + len(corpus.texts[part]))]
        made.add(ids=names, embeddings=corpus.vectors[part], documents=corpus.texts[part])


def open_chroma(corpus: Corpus, folder: Path) -> dict[str, Search]:
    import chromadb

    passages = chromadb.PersistentClient(str(folder)).get_collection("passages")

    def search(i: int) -> list[str]:
        found = passages.query(query_embeddings=corpus.queries[i : i + 1], n_results=K, include=["documents"])
        return list(found["documents"][0])

    return {"dense": search}


# --- LanceDB: graphs of eight-bit codes in an inverted file, its own full text search ---------------------------------


def build_lancedb(corpus: Corpus, folder: Path) -> None:
    import lancedb
    import pyarrow

    vectors = pyarrow.FixedSizeListArray.from_arrays(corpus.vectors.ravel(), corpus.vectors.shape[1])
    data = pyarrow.table({"text": corpus.texts, "vector": vectors})
    table = lancedb.connect(str(folder)).create_table("passages", data)
    table.create_index(metric="cosine", index_type="IVF_HNSW_SQ", vector_column_name="vector")
    plain = {"stem": False, "remove_stop_words": False, "ascii_folding": False}
    table.create_fts_index("text", base_tokenizer="ngram", ngram_min_length=2, ngram_max_length=2, **plain)


def open_lancedb(corpus: Corpus, folder: Path) -> dict[str, Search]:
    import lancedb

    table = lancedb.connect(str(folder)).open_table("passages")

    def texts(query: Any) -> list[str]:
        return [row["text"] for row in query.limit(K).select(["text"]).to_list()]

    def hybrid(i: int) -> list[str]:
        return texts(table.search(query_type="hybrid").vector(corpus.queries[i]).text(corpus.questions[i]))

    return {
        "dense": lambda i: texts(table.search(corpus.queries[i])),
        "sparse": lambda i: texts(table.search(corpus.questions[i], query_type="fts")),
        "hybrid": hybrid,
    }


PEERS = {
    "txtai": Peer("txtai", ("txtai",), build_txtai, open_txtai),
    "langchain": Peer(
        "langchain-classic", ("langchain_classic", "langchain_community", "rank_bm25"), build_langchain, open_langchain
    ),
    "llamaindex": Peer("llama-index-core", ("llama_index", "bm25s"), build_llamaindex, open_llamaindex),
    "chroma": Peer("chromadb", ("chromadb",), build_chroma, open_chroma),
    "lancedb": Peer("lancedb", ("lancedb",), build_lancedb, open_lancedb),
}
