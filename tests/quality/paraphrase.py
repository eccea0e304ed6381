"""`python -m tests.quality.paraphrase`: learns from the shipped questions when two of them ask the same.

The map (see `retrieval/paraphrase.py`) begins as the principal components of the questions' vectors, and is
moved until the nearest questions to one are those that the same sentence answers. No judged question is
used, so that these tell what it is worth.
"""

import numpy as np
import numpy.typing as npt
import torch

from bot.settings import Settings
from corpus.questions import SHIPPED
from retrieval import encoder, expansions, paraphrase
from retrieval.encoder import Vectors
from retrieval.models import BUNDLED

#: Dimensions that are kept: 384 are no better.
KEPT = 128
#: How sharply near is told from far, how much it costs to leave the principal components, and how long.
SHARP, STAYING, EPOCHS, LOT, STEP = 20.0, 1e-4, 5, 512, 1e-3


def main() -> None:
    settings = Settings()
    model = encoder.prepare(BUNDLED, settings.models)
    shipped = [one for path in SHIPPED for one in expansions.load(path)]
    asked = [(one, question) for one in shipped for question in one.questions]
    vectors = model.encode([question for _, question in asked], "query")
    # What nothing answers belongs with nothing else.
    answers = [one.document + (one.text or question) for one, question in asked]
    owners = np.unique(answers, return_inverse=True)[1]
    found = learned(vectors, owners)
    np.savez(paraphrase.SHIPPED, map=found.astype(np.float16), model=np.array(model.model.digest))
    print(f"wrote {paraphrase.SHIPPED.name}: {found.shape}, from {len(vectors)} questions")


def learned(vectors: Vectors, owners: npt.NDArray[np.int64], epochs: int = EPOCHS) -> Vectors:
    """The map (KEPT, dim) float32 for `vectors` (n, dim), where those with the same of `owners` (n,) belong
    together."""
    torch.manual_seed(0)
    rows, own = torch.tensor(vectors), torch.tensor(owners)
    begin = torch.linalg.svd(rows, full_matrices=False)[2][:KEPT].clone()
    map = begin.clone().requires_grad_()
    descent = torch.optim.Adam([map], lr=STEP)
    for epoch in range(epochs):
        total = 0.0
        for lot in torch.randperm(len(rows)).split(LOT):
            shown = torch.nn.functional.normalize(rows @ map.T, dim=1)
            near = SHARP * (shown[lot] @ shown.T)
            itself = torch.arange(len(lot)), lot
            near[itself] = -torch.inf
            same = own[lot][:, None] == own[None]
            same[itself] = False
            missed = torch.logsumexp(near, 1) - torch.logsumexp(near.masked_fill(~same, -torch.inf), 1)
            loss = missed[same.any(1)].mean() + STAYING * ((map - begin) ** 2).sum()
            descent.zero_grad()
            loss.backward()
            descent.step()
            total += loss.item() * len(lot) / len(rows)
        print(f"epoch {epoch + 1} of {epochs}: {total:.3f}", flush=True)
    return np.asarray(map.detach().numpy(), np.float32)


if __name__ == "__main__":
    main()
