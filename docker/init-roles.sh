#!/bin/sh
# Runs once in a new PostgreSQL: the owner of the tables and the gateway's own role, which owns nothing. The gateway refuses any other.
set -eu
psql --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set=owner_password="$OWNER_PASSWORD" --set=gateway_password="$GATEWAY_PASSWORD" <<'SQL'
create role fieldgate_owner login createrole password :'owner_password';
create role fieldgate_gateway nologin;
grant fieldgate_gateway to fieldgate_owner with admin option;
create role gateway login password :'gateway_password' in role fieldgate_gateway;
create database fieldgate owner fieldgate_owner;
revoke temporary on database fieldgate from public;
SQL
