"""Gradient-domain blending (Perez, Gangnet and Blake, 2003): no steps at the seams and the rim of a composed region."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import splu

from services.imaging.arrays import Flags, Floats

_LARGEST_STEP = 40.0  # grey levels; a larger one is an edge and would stain the region; chosen, not measured
_STIFFNESS = 1e-4  # of every pixel's own value, so that a region without any rim has a solution


def solve_correction(photo: Floats, parts: Floats, labels: NDArray[np.int64], region: Flags, rim: Flags) -> Floats:
    """What to add to `parts` (H x W x 3, 0..255) inside the region (H x W); zero outside.

    Steps between neighbours of one label stay, steps across a seam vanish. `rim` are the pixels around the region that
    the result has to fit; there `parts` continue the region's labels.
    """
    number = np.full(region.shape, -1)
    count = int(region.sum())
    number[region] = np.arange(count)
    degree = np.full(count, _STIFFNESS)
    wanted = np.zeros((count, parts.shape[2]))
    links: list[NDArray[np.int64]] = []
    misfit = np.clip(photo - parts, -_LARGEST_STEP, _LARGEST_STEP)
    for here, there in _list_directions():
        a, b = number[here], number[there]
        both = (a >= 0) & (b >= 0)
        links.append(np.stack([a[both], b[both]]))
        degree += np.bincount(a[both], minlength=count)
        seam = both & (labels[here] != labels[there])
        np.add.at(wanted, a[seam], (parts[there] - parts[here])[seam])
        fixed = (a >= 0) & rim[there]
        degree += np.bincount(a[fixed], minlength=count)
        np.add.at(wanted, a[fixed], misfit[there][fixed])
    rows, columns = np.concatenate(links, axis=1)
    matrix = csr_matrix((np.full(len(rows), -1.0), (rows, columns)), shape=(count, count))
    diagonal = csr_matrix((degree, (np.arange(count), np.arange(count))), shape=(count, count))
    result = np.zeros_like(parts)
    result[region] = splu((matrix + diagonal).tocsc()).solve(wanted)
    return result


def _list_directions() -> list[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Index of every pixel that has a neighbour in a direction, and of those neighbours."""
    whole, low, high = slice(None), slice(None, -1), slice(1, None)
    one_way = [((low, whole), (high, whole)), ((whole, low), (whole, high))]
    return one_way + [(there, here) for here, there in one_way]
