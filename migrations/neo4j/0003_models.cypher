// What each tenant used of the language model, and what it tells it. What it may use a day stands at the tenant.
//
// `key` is day, purpose and model, a line each, so that one index has the days in order.

CREATE CONSTRAINT usage IF NOT EXISTS
FOR (u:Usage) REQUIRE (u.tenant, u.key) IS UNIQUE;

CREATE CONSTRAINT guidance IF NOT EXISTS
FOR (g:Guidance) REQUIRE (g.tenant, g.number) IS UNIQUE;
