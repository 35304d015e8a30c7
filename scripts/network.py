"""The networks that are trained here: BERT (Devlin et al., 2019) with a few numbers at its end.

The parameters have the names of the published weights, so that bert.py can write them. This needs
torch, which Footnote itself does not.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH, HEADS, INNER, LAYERS = 384, 12, 1536, 6
WORDS, PLACES, KINDS = 30522, 512, 2
EPSILON = 1e-12
DROPPED = 0.1
PARTS = ("query", "key", "value")


class Attention(nn.Module):
    """Multi-head self-attention; its input is added to it, and the sum is normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.self = nn.ModuleDict({part: nn.Linear(WIDTH, WIDTH) for part in PARTS})
        self.output = Output(WIDTH)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        count, length, _ = x.shape
        weight = torch.cat([self.self[part].weight for part in PARTS])
        parts = functional.linear(x, weight, torch.cat([self.self[part].bias for part in PARTS]))
        parts = parts.view(count, length, 3, HEADS, -1).permute(2, 0, 3, 1, 4).contiguous()
        query, key, value = parts.view(3, count * HEADS, length, -1)
        # By hand: the backward pass of PyTorch's own attention takes three times as long on a CPU.
        scores = torch.bmm(query * query.shape[-1] ** -0.5, key.transpose(1, 2))
        shares = torch.softmax(scores.view(count, HEADS, length, length) + bias, -1)
        mixed = torch.bmm(shares.view(count * HEADS, length, length), value)
        mixed = mixed.view(count, HEADS, length, -1)
        out: Tensor = self.output(mixed.transpose(1, 2).reshape(count, length, WIDTH), x)
        return out


class Output(nn.Module):
    """A linear layer whose result is added to what went in, and the sum normalised."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, WIDTH)
        self.LayerNorm = nn.LayerNorm(WIDTH, eps=EPSILON)

    def forward(self, x: Tensor, before: Tensor) -> Tensor:
        kept = functional.dropout(self.dense(x), DROPPED, self.training)
        out: Tensor = self.LayerNorm(before + kept)
        return out


class Layer(nn.Module):
    """One layer of the encoder."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = Attention()
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(WIDTH, INNER)})
        self.output = Output(INNER)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        x = self.attention(x, bias)
        out: Tensor = self.output(functional.gelu(self.intermediate["dense"](x)), x)
        return out


class Encoder(nn.Module):
    """Tokens to their last states."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = nn.ModuleDict(
            {
                "word_embeddings": nn.Embedding(WORDS, WIDTH),
                "position_embeddings": nn.Embedding(PLACES, WIDTH),
                "token_type_embeddings": nn.Embedding(KINDS, WIDTH),
                "LayerNorm": nn.LayerNorm(WIDTH, eps=EPSILON),
            }
        )
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(Layer() for _ in range(LAYERS))})

    def states(self, tokens: Tensor, kinds: Tensor, mask: Tensor) -> Tensor:
        """All of shape (n, s); the mask is true where there is a token. Returns (n, s, WIDTH)."""
        places = torch.arange(tokens.shape[1])[None]
        x = self.embeddings["word_embeddings"](tokens)
        x = x + self.embeddings["position_embeddings"](places)
        x = self.embeddings["LayerNorm"](x + self.embeddings["token_type_embeddings"](kinds))
        if torch.is_autocast_enabled("cpu"):
            x = x.to(torch.get_autocast_dtype("cpu"))
        bias = torch.zeros(mask.shape).masked_fill(~mask, -1e4)[:, None, None, :].to(x.dtype)
        for layer in self.encoder["layer"]:
            x = layer(x, bias)
        return x.float()


class ReaderNetwork(Encoder):
    """A question with a passage to three numbers a token, and the same three for no answer.

    The three are the log-odds that the answer's words begin here, that they end here, and that
    this token belongs to a sentence that answers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Linear(WIDTH, 3)
        self.none = nn.Linear(WIDTH, 3)
        for head in (self.tokens, self.none):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)

    def freeze(self) -> None:
        """Words and places stay as they were published: most of them never occur in training."""
        for name in ("word_embeddings", "position_embeddings"):
            self.embeddings[name].weight.requires_grad = False

    def forward(self, tokens: Tensor, kinds: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """All of shape (n, s). Returns float32 (n, s, 3) and, from the first token, (n, 3)."""
        x = self.states(tokens, kinds, mask)
        with torch.autocast("cpu", enabled=False):
            return self.tokens(x), self.none(x[:, 0])
