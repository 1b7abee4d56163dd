-- One row per call of a scenario: of the levers that can be combined, and of those that stand alone.
select lever_usage.*
from lever_usage
union all
select equivalent_usage.*
from equivalent_usage
