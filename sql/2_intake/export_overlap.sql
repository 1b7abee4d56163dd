-- One row per day, pair of export files about the same time, reason and unit where it is in doubt which of them counts.
select
    day,
    source,
    account,
    source_file,
    kept_content_id,
    overlap_reason,
    missing_values,
    quantity_unit,
    stated_quantity,
    kept_quantity
from stated_twice
order by source, account, source_file, kept_content_id, overlap_reason, missing_values, quantity_unit
