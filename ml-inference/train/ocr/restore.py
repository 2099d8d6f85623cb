"""The weights file back into a network, so that training can go on from what is shipped.

The file holds convolutions with their norms folded in. A norm put back with the mean and the variance
that its convolution really gives changes nothing, and learns on from there.
"""
import struct

import numpy as np
import torch

from export import CONV, PANEL, folded_pairs
from lines import collate, varied


def arrays(data):
    """(weights, bias) of every layer as convolutions shape them."""
    classes, letters, count = struct.unpack_from("<3I", data, 68)
    at, out = 128 + (letters + 63) // 64 * 64 + (classes + 63) // 64 * 64, []
    for row in (at + 64 * k for k in range(count)):
        kind, inner, outer, rows, columns = struct.unpack_from("<5I", data, row)
        w_at, b_at = struct.unpack_from("<2Q", data, row + 44)
        b = np.frombuffer(data, "<f4", outer, b_at)
        if kind == CONV:
            n = (columns * inner + 1) // 2
            w = np.frombuffer(data, "<u2", outer * rows * n * 2, w_at).astype(np.uint32) << 16
            w = w.view(np.float32).reshape(-1, rows, n, PANEL, 2).transpose(0, 1, 2, 4, 3).reshape(-1, rows, 2 * n, PANEL)
            w = w[:, :, :columns * inner].reshape(-1, rows, columns, inner, PANEL).transpose(0, 4, 3, 1, 2)
            w = w.reshape(outer, inner, rows, columns)
        else:
            w = np.frombuffer(data, "<f4", outer * columns, w_at).reshape(columns, outer).T[:, None, None, :]
        out.append((w.copy(), b.copy()))
    return out


def put(net, layers):
    """Fill `net` with the layers of a file; its norms do nothing yet. Returns them."""
    norms = []
    for (conv, norm), (w, b) in zip(folded_pairs(net), layers):
        shape = conv.weight.shape
        conv.weight.data = torch.from_numpy(w[:shape[0]]).reshape(shape).to(conv.weight)
        if norm is None:
            conv.bias.data = torch.from_numpy(b[:shape[0]]).to(conv.weight)
            continue
        norm.weight.data.fill_(1)
        norm.bias.data = torch.from_numpy(b).to(conv.weight)
        norm.running_mean.fill_(0)
        norm.running_var.fill_(1 - norm.eps)
        norms.append(norm)
    return norms


def restore(net, path, lines):
    """Fill `net` from the file; `lines` are some to measure the convolutions' answers by."""
    with open(path, "rb") as f:
        norms = put(net, arrays(f.read()))
    seen, hooks = {n: [] for n in norms}, []
    for n in norms:
        hooks.append(n.register_forward_pre_hook(
            lambda m, x: seen[m].append((x[0].mean((0, 2, 3)), x[0].pow(2).mean((0, 2, 3))))))
    net.eval()
    with torch.no_grad():
        for k in range(0, len(lines), 32):
            net(collate([varied(line) for line in lines[k:k + 32]]).to(next(net.parameters()).device))
    for h in hooks:
        h.remove()
    for n in norms:
        mean = torch.stack([a for a, _ in seen[n]]).mean(0)
        var = (torch.stack([b for _, b in seen[n]]).mean(0) - mean.pow(2)).clamp_min(1e-8)
        n.running_mean.copy_(mean)
        n.running_var.copy_(var)
        n.weight.data.copy_((var + n.eps).sqrt())
        n.bias.data += mean

