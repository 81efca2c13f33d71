"""Deficit round robin (Shreedhar and Varghese, 1995): tenants have equal shares of what their stages cost.

Each time that the turn comes to a tenant, its deficit grows by one quantum; it is served as soon as that pays for its
next stage. Rounds in which nobody could be served are not walked through but counted.
"""

from collections.abc import Mapping

from gateway.store.order.rings import Ring

QUANTUM = 1  # the cost of the cheapest stage, so that nobody is served twice in a row for it; chosen, not measured


def choose(ring: Ring, costs: Mapping[str, int]) -> tuple[str, Ring]:
    """The tenant whose turn it is, and the ring after its next stage was begun.

    `costs` has what the next stage of each waiting tenant costs. A tenant that no longer waits leaves the ring with
    what it had saved; a new one comes last.
    """
    order = {tenant: deficit for tenant, deficit in ring if tenant in costs}
    served = ring[-1][0] if ring else None
    if served in order and order[served] >= costs[served]:
        return served, (*tuple(order.items())[:-1], (served, order[served] - costs[served]))
    order |= {tenant: 0 for tenant in costs if tenant not in order}
    rounds = {tenant: max(1, -(-(costs[tenant] - deficit) // QUANTUM)) for tenant, deficit in order.items()}
    fewest = min(rounds.values())
    tenants = list(order)
    place = next(index for index, tenant in enumerate(tenants) if rounds[tenant] == fewest)
    chosen, before, after = tenants[place], tenants[:place], tenants[place + 1 :]
    earlier = [(tenant, order[tenant] + fewest * QUANTUM) for tenant in before]
    later = [(tenant, order[tenant] + (fewest - 1) * QUANTUM) for tenant in after]
    return chosen, (*later, *earlier, (chosen, order[chosen] + fewest * QUANTUM - costs[chosen]))
