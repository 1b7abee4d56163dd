-- One row per level and cause: its place on the way from logs to bill.
select 'logs' as cause, 100 as step, true as is_level
union all
select 'gateway_cache_hits' as cause, 110 as step, false as is_level
union all
select 'rounding' as cause, 120 as step, false as is_level
union all
select 'context_band' as cause, 130 as step, false as is_level
union all
select 'tier_or_region' as cause, 140 as step, false as is_level
union all
select 'usage_without_log' as cause, 150 as step, false as is_level
union all
select 'unfinished_attempts' as cause, 160 as step, false as is_level
union all
select 'token_count' as cause, 170 as step, false as is_level
union all
select 'log_without_usage' as cause, 180 as step, false as is_level
union all
select 'meter_not_exported' as cause, 190 as step, false as is_level
union all
select 'unpriced_logs' as cause, 200 as step, false as is_level
union all
select 'unpriced_usage' as cause, 210 as step, false as is_level
union all
select 'usage' as cause, 300 as step, true as is_level
union all
select 'contract' as cause, 310 as step, false as is_level
union all
select 'billed_context_band' as cause, 315 as step, false as is_level
union all
select 'billed_quantity' as cause, 320 as step, false as is_level
union all
select 'timing' as cause, 325 as step, false as is_level
union all
select 'price' as cause, 330 as step, false as is_level
union all
select 'unpriced' as cause, 335 as step, false as is_level
union all
select 'not_billed' as cause, 340 as step, false as is_level
union all
select 'billed_without_usage' as cause, 350 as step, false as is_level
union all
select 'billed_without_logs' as cause, 360 as step, false as is_level
union all
select 'correction' as cause, 400 as step, false as is_level
union all
select 'server_tool' as cause, 410 as step, false as is_level
union all
select 'fee' as cause, 420 as step, false as is_level
union all
select 'storage' as cause, 430 as step, false as is_level
union all
select 'capacity' as cause, 440 as step, false as is_level
union all
select 'credit' as cause, 450 as step, false as is_level
union all
select 'adjustment' as cause, 460 as step, false as is_level
union all
select 'tax' as cause, 470 as step, false as is_level
union all
select 'bill_rounding' as cause, 480 as step, false as is_level
union all
select 'no_exchange_rate' as cause, 490 as step, false as is_level
union all
select 'unknown_line' as cause, 500 as step, false as is_level
union all
select 'unexplained' as cause, 510 as step, false as is_level
union all
select 'billed' as cause, 900 as step, true as is_level
