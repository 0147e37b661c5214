// What the Relay compiler reads: a list with its pages, a mutation, a subscription.
import { graphql } from 'relay-runtime';

export const documents = [
  graphql`
    query documentsViewerQuery($first: Int, $last: Int) {
      viewer { role partner { id ...documentsClients @arguments(first: $first, last: $last) } }
    }
  `,
  graphql`
    fragment documentsClients on Partner
    @refetchable(queryName: "documentsClientsPageQuery")
    @argumentDefinitions(
      first: { type: "Int" }
      after: { type: "Cursor" }
      last: { type: "Int" }
      before: { type: "Cursor" }
    ) {
      clients(first: $first, after: $after, last: $last, before: $before, orderBy: {field: NAME, direction: ASC})
        @connection(key: "documents_clients") {
        edges { node { id ...documentsClient } }
      }
    }
  `,
  graphql`
    fragment documentsClient on Client { id name }
  `,
  graphql`
    mutation documentsCreateClientMutation($input: CreateClientInput!) {
      createClient(input: $input) { client { ...documentsClient } userErrors { code field message } }
    }
  `,
  graphql`
    subscription documentsChangesSubscription($after: Cursor) {
      tierChanged(after: $after) { cursor reason toTier { key } }
    }
  `,
];
