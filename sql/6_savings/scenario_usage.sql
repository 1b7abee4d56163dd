-- One row per call of a scenario: what would have been called instead of an attempt of `$day`.
select batch.*
from batch
union all
select no_retries.*
from no_retries
union all
select answer_cache.*
from answer_cache
union all
select output_length.*
from output_length
union all
select routing.*
from routing
