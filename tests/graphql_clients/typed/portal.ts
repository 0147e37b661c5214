import { ClientListDocument, CreateClientDocument, TierChangesDocument } from './__generated__/graphql.ts';
import type { ClientListQuery, CreateClientInput, TierChangesSubscription } from './__generated__/graphql.ts';
import type { connect, connectSocket } from './client.ts';

type Ask = ReturnType<typeof connect>;
type Listen = ReturnType<typeof connectSocket>;

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

/** Tier changes without end, from a cursor on; throws what would be the same next time. */
export async function* tierChanges(
  listen: Listen,
  after: string | null = null,
): AsyncGenerator<TierChangesSubscription['tierChanged']> {
  for (;;) {
    try {
      for await (const { tierChanged } of listen(TierChangesDocument, { after })) {
        yield tierChanged;
        after = tierChanged.cursor; // handled: keep it
      }
    } catch (error) {
      if (lasts(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** GraphQL errors, and a key that is not let in: coming back would not help. UNAVAILABLE passes. */
function lasts(error: unknown): boolean {
  if (Array.isArray(error)) return error[0].extensions.code !== 'UNAVAILABLE';
  return (error as { code?: number }).code === 4403;
}

/** What the types refuse; never called. */
export async function refused(ask: Ask, listen: Listen) {
  for await (const { tierChanged } of listen(TierChangesDocument, { after: null })) {
    // @ts-expect-error The subscription does not ask for it.
    tierChanged.nickname;
  }
  // @ts-expect-error A number is no cursor.
  listen(TierChangesDocument, { after: 1 });
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
