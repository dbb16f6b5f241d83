"""How activity comes in: the plans' fixtures, and published files by their content."""

from activity.imports.building_fixtures import load_builds
from activity.imports.delay_fixtures import load_delays
from activity.imports.fixtures import load_lines, load_measures
from activity.imports.recovery_fixtures import load_recovery

__all__ = ["load_builds", "load_delays", "load_lines", "load_measures", "load_recovery"]
