-- For the readiness probe: which migrations are applied, without any right to Prisma's own table.
create function applied_migrations() returns table ("name" text)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  return query select "migration_name"::text from "_prisma_migrations" where "finished_at" is not null and "rolled_back_at" is null;
end
$$;
revoke all on function applied_migrations() from public;
grant execute on function applied_migrations() to fieldgate_gateway;
