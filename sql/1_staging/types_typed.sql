-- The macros of types.sql for a source whose columns already have the contract's types: nothing to cast.

create or replace macro as_count(value) as value;

create or replace macro as_instant(value) as in_range(value);

create or replace macro as_quantity(value) as case when value < 1000000000000 then value end;

create or replace macro as_usd(value) as case when abs(value) < 1000000000000000 then value end;

create or replace macro bad_count(written, counted) as coalesce(counted < 0 or counted >= 1000000000000000, false);
