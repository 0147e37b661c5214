import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../../../schema/schema.graphql',
  documents: '../../../schema/operations/*.graphql',
  generates: {
    './__generated__/': {
      preset: 'client',
      config: {
        documentMode: 'string',
        enumsAsTypes: true,
        useTypeImports: true,
        strictScalars: true,
        scalars: {
          ID: 'string',
          CountryCode: 'string',
          CurrencyCode: 'string',
          Cursor: 'string',
          Date: 'string',
          DateTime: 'string',
          // Exact: never a number.
          Decimal: 'string',
          EmailAddress: 'string',
          JSONObject: 'Record<string, unknown>',
        },
      },
    },
  },
};

export default config;
