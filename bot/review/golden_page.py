"""For maintainers: what the labels make golden, and a button that makes it so."""

from starlette.responses import Response

from bot.review import golden
from bot.review.visit import Visit, away


def show(visit: Visit) -> Response:
    """The golden questions that the labels tell now."""
    return visit.render("golden.html", judged=golden.judged(visit.engine), written="written" in visit.query)


def write(visit: Visit) -> Response:
    """Write them: every refresh is held to them from now on."""
    golden.write(visit.settings.home, golden.judged(visit.engine))
    return away("/golden?written=")
