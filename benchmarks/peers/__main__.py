"""Race imgdiff's area generator with object filter against Data-Juicer's `imgdiff_difference_area_generator_mapper`.

Both sides get the same networks (CLIP ViT-B/32 and BLIP at full size, random weights, the matching head's probability),
the same boxes in place of a segmenter, and the same nouns. They take turns on every pair, and each pair's answers are
compared: the peer keeps a place where both crops match, imgdiff where one does (the paper's rule), so imgdiff's places
are checked against the peer's own scores under the paper's rule. The peer runs in an environment of its own.
"""

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.machine import header
from benchmarks.peers.own_generator import CLIP, OwnAnswer, OwnGenerator
from benchmarks.peers.pairs import Planted, plant_pair
from benchmarks.peers.peer import Peer, PeerAnswer, make_environment, write_networks
from benchmarks.speed.tiny_networks import register_tiny
from imgdiff.records import Box

MOST_ALIKE = 0.9999  # cosine of two crops: random weights find all textures alike, only equal crops are at 1


@dataclass(frozen=True)
class Round:
    """One pair run by both sides."""

    pair: Planted
    own: OwnAnswer
    peer: PeerAnswer

    @property
    def ratio(self) -> float:
        """How many times as long the peer took."""
        return self.peer.seconds / self.own.seconds

    def expected(self, least: float) -> frozenset[Box]:
        """The places that the paper's rule keeps by the peer's own scores."""
        numbered = enumerate([*self.pair.boxes[0], *self.pair.boxes[1]])
        matching = {box for at, box in numbered if max(self.peer.scores[at, 1], self.peer.scores[at, 2]) > least}
        return frozenset(matching & self.pair.differing)

    def apart(self) -> float:
        """The largest distance of a place's score from the peer's, where both measured it."""
        numbered = enumerate([*self.pair.boxes[0], *self.pair.boxes[1]])
        sides = {box: (self.peer.scores[at, 1], self.peer.scores[at, 2]) for at, box in numbered}
        return max((min(abs(score - side) for side in sides[box]) for box, score in self.own.scores.items()), default=0)


def race(arguments: argparse.Namespace, peer: Peer, own: OwnGenerator, differing: int) -> list[Round]:
    """Both sides on every pair, in turns; which side begins changes from pair to pair."""
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(arguments.pairs):
            pair = plant_pair(Path(folder), seed, arguments.boxes, differing)
            if seed % 2:
                answered = peer.run(pair)
                rounds.append(Round(pair, own.run(pair), answered))
            else:
                answer = own.run(pair)
                rounds.append(Round(pair, answer, peer.run(pair)))
    return rounds


def describe(rounds: Sequence[Round], least: float, differing: int) -> list[str]:
    """The lines of one number of differing places."""
    ratios = sorted(round_.ratio for round_ in rounds)
    lines = [f"{differing} of {sum(map(len, rounds[0].pair.boxes))} places differ, {len(rounds)} pairs in turns"]
    for name, answers in (("Data-Juicer", [one.peer for one in rounds]), ("imgdiff", [one.own for one in rounds])):
        seconds = sorted(answer.seconds for answer in answers)
        rows = [f"{network} {statistics.mean(one.rows[network] for one in answers):g}" for network in answers[0].rows]
        spread = f"{seconds[0]:.2f}-{seconds[-1]:.2f}"
        counted = ", ".join(rows)
        lines.append(f"  {name:12} {statistics.median(seconds):7.2f} s a pair ({spread}); rows: {counted}")
    lines.append(f"  ratio        {statistics.median(ratios):7.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})")
    odd = sum(len(one.own.kept ^ one.expected(least)) for one in rounds)
    kept = sum(len(one.own.kept) for one in rounds)
    apart = max(one.apart() for one in rounds)
    lines.append(f"  places kept {kept}, {odd} otherwise than by the peer's scores; scores at most {apart:.4f} apart")
    return lines


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--work", type=Path, default=Path("data/peers"), help="environment, weights and log of the peer"
    )
    parser.add_argument("--blip", choices=["base", "large", "tiny"], default="base", help="base is the peer's default")
    parser.add_argument("--boxes", type=int, default=10, help="places found in each image, at most 12")
    parser.add_argument("--differing", type=int, nargs="+", default=[1, 8, 20], help="of the places of both images")
    parser.add_argument("--pairs", type=int, default=3, help="pairs for each number of differing places")
    parser.add_argument(
        "--passing", choices=["half", "all"], default="half", help="share of crops that match: sets the threshold"
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Install the peer where it is missing, race, print."""
    arguments = _arguments(argv)
    networks = arguments.work / f"networks-{arguments.blip}"
    python = make_environment(arguments.work.resolve() / "environment")
    write_networks(python, networks.resolve(), arguments.blip)
    if arguments.blip == "tiny":
        register_tiny()
    clip = "tiny" if arguments.blip == "tiny" else CLIP
    own = OwnGenerator(networks, clip=clip, device=arguments.device, threads=arguments.threads, most_alike=MOST_ALIKE)
    with tempfile.TemporaryDirectory() as folder:
        sample = plant_pair(Path(folder), 1000, arguments.boxes, 2 * arguments.boxes)
        own.least_match = least = own.middle_score(sample) if arguments.passing == "half" else 0.0
    print(*header("benchmarks.peers"), sep="\n")
    print(f"device: {arguments.device}, torch {torch.__version__}, {arguments.threads} threads, BLIP-{arguments.blip}")
    print(f"a crop matches from a probability of {least:.4f}: {arguments.passing} of the crops")
    with Peer(python, networks.resolve(), most_alike=MOST_ALIKE, least_match=least, threads=arguments.threads) as peer:
        race(argparse.Namespace(pairs=1, boxes=1), peer, own, 1)  # the first run of each network is slow
        for differing in arguments.differing:
            print(*describe(race(arguments, peer, own, differing), least, differing), sep="\n", flush=True)


if __name__ == "__main__":
    main()
