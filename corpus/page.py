"""A plan as one HTML page to look at: self-contained, everything in it escaped by the template engine."""

from pathlib import Path

from corpus import plan
from corpus.plan import Plan

TEMPLATE = Path(__file__).parent / "plan.html"


def write(home: Path, made: Plan) -> Path:
    """Write report.html beside the plan; its path. Raises: OSError."""
    path = plan.folder(home, made.id) / "report.html"
    path.write_text(render(made), "utf-8")
    return path


def render(made: Plan) -> str:
    """The page of a plan. Nothing in it comes from elsewhere when it is opened."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(TEMPLATE.read_text("utf-8")).render(plan=made)
