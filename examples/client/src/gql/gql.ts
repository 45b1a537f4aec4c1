/* eslint-disable */
import * as types from './graphql';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  fragment Operation on DeviceOperation {\n    id\n    operationType\n    status\n    isFinal\n    createdDateTime\n    error {\n      code\n      message\n    }\n  }\n": typeof types.OperationFragmentDoc,
    "\n  query DevicesPage($after: String) {\n    devices(first: 10, after: $after) {\n      nodes {\n        id\n        deviceId\n        deviceType\n        healthStatus\n        companyAssetTag\n        currentUser {\n          displayName\n        }\n        operations(first: 3) {\n          nodes {\n            ...Operation\n          }\n        }\n        meta {\n          fetchedAt\n          stale\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": typeof types.DevicesPageDocument,
    "\n  mutation CreateOperation($input: CreateDeviceOperationInput!) {\n    createDeviceOperation(input: $input) {\n      deviceOperation {\n        ...Operation\n      }\n      userErrors {\n        __typename\n        ... on UserError {\n          code\n          message\n        }\n        ... on OperationAlreadyQueuedError {\n          existingOperation {\n            ...Operation\n          }\n        }\n        ... on PermissionDeniedError {\n          requiredScopes\n        }\n        ... on ThrottledError {\n          retryAfterSeconds\n        }\n        ... on UpstreamRejectedError {\n          upstreamCode\n          upstreamRequestId\n        }\n        ... on OutcomeUnknownError {\n          candidates {\n            ...Operation\n          }\n        }\n      }\n    }\n  }\n": typeof types.CreateOperationDocument,
    "\n  subscription OperationMoves($id: ID!) {\n    deviceOperation(by: { id: $id }) {\n      deviceOperation {\n        ...Operation\n      }\n    }\n  }\n": typeof types.OperationMovesDocument,
};
const documents: Documents = {
    "\n  fragment Operation on DeviceOperation {\n    id\n    operationType\n    status\n    isFinal\n    createdDateTime\n    error {\n      code\n      message\n    }\n  }\n": types.OperationFragmentDoc,
    "\n  query DevicesPage($after: String) {\n    devices(first: 10, after: $after) {\n      nodes {\n        id\n        deviceId\n        deviceType\n        healthStatus\n        companyAssetTag\n        currentUser {\n          displayName\n        }\n        operations(first: 3) {\n          nodes {\n            ...Operation\n          }\n        }\n        meta {\n          fetchedAt\n          stale\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": types.DevicesPageDocument,
    "\n  mutation CreateOperation($input: CreateDeviceOperationInput!) {\n    createDeviceOperation(input: $input) {\n      deviceOperation {\n        ...Operation\n      }\n      userErrors {\n        __typename\n        ... on UserError {\n          code\n          message\n        }\n        ... on OperationAlreadyQueuedError {\n          existingOperation {\n            ...Operation\n          }\n        }\n        ... on PermissionDeniedError {\n          requiredScopes\n        }\n        ... on ThrottledError {\n          retryAfterSeconds\n        }\n        ... on UpstreamRejectedError {\n          upstreamCode\n          upstreamRequestId\n        }\n        ... on OutcomeUnknownError {\n          candidates {\n            ...Operation\n          }\n        }\n      }\n    }\n  }\n": types.CreateOperationDocument,
    "\n  subscription OperationMoves($id: ID!) {\n    deviceOperation(by: { id: $id }) {\n      deviceOperation {\n        ...Operation\n      }\n    }\n  }\n": types.OperationMovesDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment Operation on DeviceOperation {\n    id\n    operationType\n    status\n    isFinal\n    createdDateTime\n    error {\n      code\n      message\n    }\n  }\n"): typeof import('./graphql').OperationFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query DevicesPage($after: String) {\n    devices(first: 10, after: $after) {\n      nodes {\n        id\n        deviceId\n        deviceType\n        healthStatus\n        companyAssetTag\n        currentUser {\n          displayName\n        }\n        operations(first: 3) {\n          nodes {\n            ...Operation\n          }\n        }\n        meta {\n          fetchedAt\n          stale\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"): typeof import('./graphql').DevicesPageDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateOperation($input: CreateDeviceOperationInput!) {\n    createDeviceOperation(input: $input) {\n      deviceOperation {\n        ...Operation\n      }\n      userErrors {\n        __typename\n        ... on UserError {\n          code\n          message\n        }\n        ... on OperationAlreadyQueuedError {\n          existingOperation {\n            ...Operation\n          }\n        }\n        ... on PermissionDeniedError {\n          requiredScopes\n        }\n        ... on ThrottledError {\n          retryAfterSeconds\n        }\n        ... on UpstreamRejectedError {\n          upstreamCode\n          upstreamRequestId\n        }\n        ... on OutcomeUnknownError {\n          candidates {\n            ...Operation\n          }\n        }\n      }\n    }\n  }\n"): typeof import('./graphql').CreateOperationDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription OperationMoves($id: ID!) {\n    deviceOperation(by: { id: $id }) {\n      deviceOperation {\n        ...Operation\n      }\n    }\n  }\n"): typeof import('./graphql').OperationMovesDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
