-- One row per cell of calls of `$day`, numbered, with the least number of its written tokens that nobody read.
-- Of W written tokens R reads can have touched R at most, so W - R were never read: W of the calls, R of all
-- attempts of the team, feature and model. They are taken from the cells in order, and in a cell from the writes
-- for five minutes first, those of unstated time next and those for an hour last.
with all_reads as (
    select
        team,
        feature,
        provider,
        model,
        sum(cache_read_tokens) as read_tokens
    from driver_cell
    group by team, feature, provider, model
),

written as (
    select
        driver_cell.*,
        driver_cell.cache_write_5m_tokens - driver_cell.long_write_5m_tokens as kept_write_5m_tokens,
        driver_cell.cache_write_tokens - driver_cell.long_write_tokens as kept_write_tokens,
        driver_cell.cache_write_5m_tokens - driver_cell.long_write_5m_tokens
        + driver_cell.cache_write_1h_tokens - driver_cell.long_write_1h_tokens
        + driver_cell.cache_write_tokens - driver_cell.long_write_tokens as kept_writes,
        driver_cell.cache_write_5m_tokens + driver_cell.cache_write_1h_tokens + driver_cell.cache_write_tokens as writes,
        all_reads.read_tokens
    from driver_cell
    left join all_reads
        on
            driver_cell.team = all_reads.team
            and driver_cell.feature = all_reads.feature
            and driver_cell.provider = all_reads.provider
            and driver_cell.model = all_reads.model
    where driver_cell.class = 'call'
),

running as (
    select
        written.*,
        sum(writes) over (partition by team, feature, provider, model) - read_tokens as unread_of_model,
        sum(kept_writes) over (
            partition by team, feature, provider, model
            order by service_tier, coalesce(region, ''), rate_id
            rows between unbounded preceding and current row
        ) as kept_writes_until,
        row_number() over (
            order by team, feature, provider, model, service_tier, coalesce(region, ''), rate_id
        ) as cell
    from written
),

unread as (
    select
        running.*,
        cast(least(kept_writes, greatest(unread_of_model - kept_writes_until + kept_writes, 0)) as bigint) as unread_tokens
    from running
)

select
    unread.*,
    least(unread_tokens, kept_write_5m_tokens) as unread_write_5m_tokens,
    least(greatest(unread_tokens - kept_write_5m_tokens, 0), kept_write_tokens) as unread_write_tokens,
    greatest(unread_tokens - kept_write_5m_tokens - kept_write_tokens, 0) as unread_write_1h_tokens
from unread
