-- One row per billed cell and owner: the bill to its last digit, given to those whose calls it charges by their list cost.
-- Whole picodollars by largest remainder, computed in two halves of nine and more digits so that no engine rounds.
with rules as (
    select
        charged_cell.cell_number,
        min(dim_money_of_record.precedence) as precedence
    from charged_cell
    left join dim_money_of_record
        on
            dim_money_of_record.provider in (charged_cell.provider, '*')
            and dim_money_of_record.account in (charged_cell.account, '*')
            and cast($day as timestamptz) >= dim_money_of_record.valid_from
            and cast($day as timestamptz) < dim_money_of_record.valid_to
    group by charged_cell.cell_number
),

ruled as (
    select
        charged_cell.*,
        coalesce(dim_money_of_record.unlogged_cost, 'leave') as unlogged_cost
    from charged_cell
    left join rules
        on charged_cell.cell_number = rules.cell_number
    left join dim_money_of_record
        on
            rules.precedence = dim_money_of_record.precedence
            and dim_money_of_record.provider in (charged_cell.provider, '*')
            and dim_money_of_record.account in (charged_cell.account, '*')
            and cast($day as timestamptz) >= dim_money_of_record.valid_from
            and cast($day as timestamptz) < dim_money_of_record.valid_to
),

known_cells as (
    select distinct cell from cell_owner
),

chosen as (
    select
        ruled.*,
        case
            when own.cell is not null or any_tier.cell is not null then 'logs'
            when ruled.unlogged_cost = 'spread' and whole.cell is not null then 'spread'
            when ruled.unlogged_cost = 'key_owner' and coalesce(by_key.id, by_project.id) is not null then 'key_owner'
            else 'unattributed'
        end as allocation,
        case
            when own.cell is not null then ruled.cell
            when any_tier.cell is not null then any_tier.cell
            when ruled.unlogged_cost = 'spread' then whole.cell
        end as owner_cell,
        coalesce(by_key.team, by_project.team, 'unattributed') as owner_team,
        coalesce(by_key.feature, by_project.feature, 'unattributed') as owner_feature,
        coalesce(by_key.environment, by_project.environment, 'unattributed') as owner_environment
    from ruled
    left join known_cells as own
        on ruled.cell = own.cell
    left join known_cells as any_tier
        on ruled.any_tier_cell = any_tier.cell
    left join known_cells as whole
        on ruled.account_cell = whole.cell
    left join ownership as by_key
        on
            by_key.id_kind = 'api_key'
            and ruled.source = by_key.source
            and ruled.api_key_id = by_key.id
            and cast($day as timestamptz) >= by_key.valid_from
            and cast($day as timestamptz) < by_key.valid_to
    left join ownership as by_project
        on
            by_project.id_kind = 'project'
            and ruled.source = by_project.source
            and ruled.project_id = by_project.id
            and cast($day as timestamptz) >= by_project.valid_from
            and cast($day as timestamptz) < by_project.valid_to
),

shared as (
    select
        chosen.*,
        case
            when chosen.owner_cell is not null then cell_owner.team
            when chosen.allocation = 'key_owner' then chosen.owner_team
            else 'unattributed'
        end as team,
        case
            when chosen.owner_cell is not null then cell_owner.feature
            when chosen.allocation = 'key_owner' then chosen.owner_feature
            else 'unattributed'
        end as feature,
        case
            when chosen.owner_cell is not null then cell_owner.environment
            when chosen.allocation = 'key_owner' then chosen.owner_environment
            else 'unattributed'
        end as environment,
        coalesce(cell_owner.weight, cast(1 as decimal(22, 0))) as weight,
        cast(abs(chosen.amount) * 1000000000000 as decimal(26, 0)) as units
    from chosen
    left join cell_owner
        on chosen.owner_cell = cell_owner.cell
),

halves as (
    select
        shared.*,
        cast(sum(weight) over (partition by cell_number) as decimal(24, 0)) as all_weights,
        cast((units - units % 1000000000) / 1000000000 as decimal(15, 0)) as high_units,
        cast(units % 1000000000 as decimal(10, 0)) as low_units
    from shared
),

highs as (
    select
        halves.*,
        cast((high_units * weight - high_units * weight % all_weights) / all_weights as decimal(15, 0)) as high_part,
        cast(high_units * weight % all_weights as decimal(24, 0)) as high_rest
    from halves
),

lows as (
    select
        highs.*,
        cast(cast(high_rest * 1000000000 as decimal(37, 0)) + cast(low_units * weight as decimal(37, 0)) as decimal(38, 0)) as low_sum
    from highs
),

wholes as (
    select
        lows.*,
        low_sum % all_weights as remainder,
        cast(high_part * 1000000000 as decimal(26, 0))
        + cast((low_sum - low_sum % all_weights) / all_weights as decimal(12, 0)) as whole_units
    from lows
),

ranked as (
    select
        wholes.*,
        units - sum(whole_units) over (partition by cell_number) as left_units,
        row_number() over (
            partition by cell_number
            order by remainder desc, team, feature, environment
        ) as place
    from wholes
),

parts as (
    select
        ranked.*,
        cast(whole_units + case when place <= left_units then 1 else 0 end as decimal(26, 0)) as part_units
    from ranked
)

select
    cast($day as date) as day,
    substring(cast(cast($day as date) as varchar), 1, 7) as invoice_month,
    provider,
    account,
    project_id,
    api_key_id,
    charge_category,
    model,
    meter,
    service_tier,
    team,
    feature,
    environment,
    allocation,
    cast(
        case when amount < 0 then -part_units else part_units end * cast(0.000000000001 as decimal(12, 12)) as decimal(38, 12)
    ) as billed_cost_usd
from parts
order by cell_number, team, feature, environment, allocation
