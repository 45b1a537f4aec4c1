import type { CreateOperationsMutation } from "../gql/graphql";

type Payload = NonNullable<CreateOperationsMutation["createDeviceOperations"]>;

/** What one of many creates ended in. */
export type Result = Payload["results"][number];

/** A problem that the caller can act on, told apart by its type. */
export type Refusal = Result["userErrors"][number];
