"""The ranker's network for training: BERT (Devlin et al., 2019) with two numbers as output.

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


class Attention(nn.Module):
    """Multi-head self-attention; its input is added to it, and the sum is normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.self = nn.ModuleDict({part: nn.Linear(WIDTH, WIDTH) for part in PARTS})
        self.output = Output(WIDTH)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        count, length, _ = x.shape
        query, key, value = (
            self.self[part](x).view(count, length, HEADS, -1).transpose(1, 2) for part in PARTS
        )
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        out: Tensor = self.output(mixed.transpose(1, 2).reshape(count, length, WIDTH), x)
        return out


PARTS = ("query", "key", "value")


class Output(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, WIDTH)
        self.LayerNorm = nn.LayerNorm(WIDTH, eps=EPSILON)

    def forward(self, x: Tensor, before: Tensor) -> Tensor:
        kept = functional.dropout(self.dense(x), DROPPED, self.training)
        out: Tensor = self.LayerNorm(before + kept)
        return out


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = Attention()
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(WIDTH, INNER)})
        self.output = Output(INNER)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        x = self.attention(x, bias)
        out: Tensor = self.output(functional.gelu(self.intermediate["dense"](x)), x)
        return out


class Network(nn.Module):
    """Tokens of pairs to two log-odds for each; cross_encoder.py says what they mean."""

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
        self.head = nn.Linear(2 * WIDTH, 2)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def freeze(self) -> None:
        """Freeze what a few thousand questions cannot teach: the words and the first layer."""
        fixed = [self.embeddings, self.encoder["layer"][0]]
        for parameter in (p for module in fixed for p in module.parameters()):
            parameter.requires_grad = False
        self.embeddings["token_type_embeddings"].weight.requires_grad = True

    def forward(self, tokens: Tensor, kinds: Tensor, mask: Tensor) -> Tensor:
        """All of shape (n, s); the mask is true where there is a token. Returns (n, 2)."""
        places = torch.arange(tokens.shape[1])[None]
        x = self.embeddings["word_embeddings"](tokens)
        x = x + self.embeddings["position_embeddings"](places)
        x = self.embeddings["LayerNorm"](x + self.embeddings["token_type_embeddings"](kinds))
        bias = torch.zeros(mask.shape).masked_fill(~mask, -1e4)[:, None, None, :].to(x.dtype)
        bias = bias.expand(-1, 1, tokens.shape[1], -1)
        for layer in self.encoder["layer"]:
            x = layer(x, bias)
        x, sentence = x.float(), kinds.float()[:, :, None]
        mean = (x * sentence).sum(1) / sentence.sum(1)
        out: Tensor = self.head(torch.cat([x[:, 0], mean], -1))
        return out
