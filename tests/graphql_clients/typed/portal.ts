import { ClientListDocument, CreateClientDocument } from './__generated__/graphql.ts';
import type { ClientListQuery, CreateClientInput } from './__generated__/graphql.ts';
import { connect } from './client.ts';

type Ask = ReturnType<typeof connect>;

/** The names of all clients, read page by page. */
export async function clientNames(ask: Ask): Promise<string[]> {
  const names: string[] = [];
  let after: string | null = null;
  do {
    const { clients }: ClientListQuery = await ask(ClientListDocument, { first: 50, after });
    names.push(...clients.edges.map((edge) => edge.node.name));
    after = clients.pageInfo.hasNextPage ? clients.pageInfo.endCursor : null;
  } while (after);
  return names;
}

/** The id of a new client, or why there is none. */
export async function createClient(ask: Ask, input: CreateClientInput): Promise<string | string[]> {
  const { client, userErrors } = (await ask(CreateClientDocument, { input })).createClient;
  return client ? client.id : userErrors.map((error) => error.code);
}

/** What the types refuse; never called. */
export async function refused(ask: Ask) {
  const { clients } = await ask(ClientListDocument, { first: 1 });
  // @ts-expect-error The query does not ask for it.
  clients.edges[0].node.nickname;
  // @ts-expect-error A number is no text.
  await ask(ClientListDocument, { first: '1' });
  // @ts-expect-error The input is needed.
  await ask(CreateClientDocument, {});
  const price = clients.edges[0].node.subscription?.price;
  // @ts-expect-error There may be no subscription, and an amount is an exact text.
  const amount: number = price.amount;
  return amount;
}
