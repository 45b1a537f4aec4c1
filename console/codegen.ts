import type { CodegenConfig } from "@graphql-codegen/cli";
import { addTypenameSelectionDocumentTransform } from "@graphql-codegen/client-preset";

const config: CodegenConfig = {
  schema: "../schema.graphqls",
  documents: "app/api/*.graphql",
  generates: {
    "app/gql/": {
      preset: "client",
      // The cache needs to know what each object is. Asked for here, it is also in the documents that a server may trust.
      documentTransforms: [addTypenameSelectionDocumentTransform],
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { hashAlgorithm: "sha256" },
      },
      config: {
        enumsAsTypes: true,
        useTypeImports: true,
        strictScalars: true,
        scalars: { ID: "string", DateTime: "string", Duration: "string", TimeOfDay: "string", Scope: "string" },
      },
    },
  },
};

export default config;
