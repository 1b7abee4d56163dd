-- One row per option, bound and part of a fleet: a day of one step of units, of the spare steps, and of the people.
select
    scenario,
    bound,
    'step' as part,
    unit_provider as provider,
    unit_model as model,
    unit_meter as other_meter,
    cast(24 * step_units as decimal(18, 3)) as other_quantity,
    cast($day as timestamptz) as priced_at
from capacity_option
union all
select
    scenario,
    bound,
    'spare' as part,
    unit_provider as provider,
    unit_model as model,
    unit_meter as other_meter,
    cast(24 * step_units * spare_steps as decimal(18, 3)) as other_quantity,
    cast($day as timestamptz) as priced_at
from capacity_option
union all
select
    scenario,
    bound,
    'people' as part,
    people_provider as provider,
    people_model as model,
    'people_hours' as other_meter,
    people_hours as other_quantity,
    cast($day as timestamptz) as priced_at
from capacity_option
where people_model is not null
