// Mercurius on Fastify: compiled queries (`jit`), loaders for every relation, prepared statements
// through a pool of `pg`.
import Fastify from "fastify";
import { GraphQLScalarType } from "graphql";
import mercurius from "mercurius";
import pg from "pg";

const { DATABASE_URL, POOL_SIZE, PORT } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL_SIZE) });

const schema = `
  scalar DateTime
  type Plan { code: String! }
  type Client {
    id: ID!
    name: String!
    domain: String!
    status: String!
    employeeCount: Int
    createdAt: DateTime!
    plan: Plan!
  }
  type Advisor { id: ID! name: String! email: String! }
  type Partner {
    id: ID!
    name: String!
    slug: String!
    clients(first: Int!): [Client!]!
    advisors(first: Int!): [Advisor!]!
  }
  type Query { partner(id: ID!): Partner }
`;

async function rows(name, text, values) {
  return (await pool.query({ name, text, values })).rows;
}

const resolvers = {
  DateTime: new GraphQLScalarType({ name: "DateTime", serialize: (date) => date.toISOString() }),
  Query: {
    async partner(_, { id }) {
      return (await rows("partner", "SELECT id, name, slug FROM partner WHERE id = $1", [id]))[0];
    },
  },
};

// One statement for all partners of a level: the first rows of each.
function firstOfEach(name, columns) {
  const text = `
    SELECT t.* FROM unnest($1::uuid[]) AS p(id) CROSS JOIN LATERAL (
      SELECT ${columns}, partner_id FROM ${name} WHERE partner_id = p.id
      ORDER BY name_key, id LIMIT $2
    ) t`;
  return async function load(queries) {
    const ids = queries.map(({ obj }) => obj.id);
    const most = Math.max(...queries.map(({ params }) => params.first));
    const lists = new Map(ids.map((id) => [id, []]));
    for (const row of await rows(name, text, [ids, most])) lists.get(row.partner_id).push(row);
    return queries.map(({ obj, params }) => lists.get(obj.id).slice(0, params.first));
  };
}

async function plans(queries) {
  const codes = [...new Set(queries.map(({ obj }) => obj.plan_id))];
  const text = "SELECT code FROM plan WHERE code = ANY($1)";
  const found = new Map((await rows("plan", text, [codes])).map((plan) => [plan.code, plan]));
  return queries.map(({ obj }) => found.get(obj.plan_id));
}

// Without the loader cache, which would serialise each of the fifty clients for a key: faster.
const uncached = (loader) => ({ loader, opts: { cache: false } });
const loaders = {
  Partner: {
    clients: uncached(
      firstOfEach(
        "client",
        `id, name, domain, status, employee_count AS "employeeCount",
         created_at AS "createdAt", plan_id`,
      ),
    ),
    advisors: uncached(firstOfEach("advisor", "id, name, email")),
  },
  Client: { plan: uncached(plans) },
};

const app = Fastify({ logger: false });
app.register(mercurius, { schema, resolvers, loaders, jit: 1 });
await app.listen({ port: Number(PORT), host: "127.0.0.1" });
