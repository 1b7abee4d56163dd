-- One row per hole in the exports of an account: a page without the following one, or a time between others.
select
    source,
    account,
    hole_reason,
    name,
    hole_start,
    hole_end
from export_hole
order by source, account, hole_start, hole_reason, name
