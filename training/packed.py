"""The network over a row of tokens without padding: what training reads, in half the time of `Checker.forward`."""

import torch
from torch import Tensor

from training.batches import Batch, Place
from training.model import HEADS, HIDDEN, MIDDLE, Checker


def read(model: Checker, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Logits as of `Checker.forward`: (claims,), (claim tokens,), (claim tokens,)."""
    states = model.norm(model.words(batch.ids) + (model.places(batch.positions) + model.types(batch.kinds)))
    for number, layer in enumerate(model.layers):
        made = layer.qkv(states).view(-1, 3, HEADS, HIDDEN // HEADS)
        states = layer.blend(states, torch.cat([_attend(made, place) for place in batch.places]))
        if number == MIDDLE:
            present = model.present(states[batch.own])[:, 0]
    score = model.supported(torch.tanh(model.dense(states[batch.first])))[:, 0]
    return score, model.missing(states[batch.own])[:, 0], present


def _attend(made: Tensor, place: Place) -> Tensor:
    """What the tokens of one group gather (tokens, width); `made` (tokens of the row, 3, heads, width)."""
    query, key, value = made[place.passage].permute(1, 2, 0, 3)  # (heads, tokens, width) each
    query = query * (HIDDEN // HEADS) ** -0.5
    passage = (query @ key.transpose(-1, -2)).softmax(-1).to(value.dtype) @ value
    own_query, own_key, own_value = made[place.grid].permute(2, 3, 0, 1, 4)  # (heads, claims, tokens, width)
    heads, claims, tokens, width = own_query.shape
    flat = own_query.reshape(heads, claims * tokens, width) * width**-0.5
    there = (flat @ key.transpose(-1, -2)).view(heads, claims, tokens, -1)
    here = own_query * width**-0.5 @ own_key.transpose(-1, -2)
    here = here.masked_fill(~place.said[:, None], -1e4)
    shares = torch.cat([there, here], -1).softmax(-1).to(value.dtype)
    far, near = shares[..., : key.shape[1]], shares[..., key.shape[1] :]
    gathered = (far.reshape(heads, claims * tokens, -1) @ value).view(heads, claims, tokens, width)
    asked = (gathered + near @ own_value).permute(1, 2, 0, 3)[place.said]
    return torch.cat([passage.transpose(0, 1), asked]).flatten(1)
