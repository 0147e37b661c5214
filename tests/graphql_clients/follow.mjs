// GraphQL errors, and a key that is not let in: coming back would not help. UNAVAILABLE passes.
const lasts = (error) =>
  Array.isArray(error)
    ? error[0].extensions.code !== 'UNAVAILABLE'
    : error.code === 4403 || error.response?.status === 401;

// Tier changes without end, from a cursor on. `client` is one of graphql-ws or graphql-sse, whose own
// retries are off: they would send the first cursor again.
export async function* follow(client, query, after = null) {
  for (;;) {
    try {
      for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
        if (errors) throw errors;
        yield data.tierChanged;
        after = data.tierChanged.cursor; // handled: keep it
      }
    } catch (error) {
      if (lasts(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
