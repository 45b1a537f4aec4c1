// What this page asks for. `npm run codegen` turns each document into types.
import { graphql } from "./gql";

graphql(`
  fragment Operation on DeviceOperation {
    id
    operationType
    status
    isFinal
    createdDateTime
    error {
      code
      message
    }
  }
`);

export const devicesPage = graphql(`
  query DevicesPage($after: String) {
    devices(first: 10, after: $after) {
      nodes {
        id
        deviceId
        deviceType
        healthStatus
        companyAssetTag
        currentUser {
          displayName
        }
        operations(first: 3) {
          nodes {
            ...Operation
          }
        }
        meta {
          fetchedAt
          stale
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const createOperation = graphql(`
  mutation CreateOperation($input: CreateDeviceOperationInput!) {
    createDeviceOperation(input: $input) {
      deviceOperation {
        ...Operation
      }
      userErrors {
        __typename
        ... on UserError {
          code
          message
        }
        ... on OperationAlreadyQueuedError {
          existingOperation {
            ...Operation
          }
        }
        ... on PermissionDeniedError {
          requiredScopes
        }
        ... on ThrottledError {
          retryAfterSeconds
        }
        ... on UpstreamRejectedError {
          upstreamCode
          upstreamRequestId
        }
        ... on OutcomeUnknownError {
          candidates {
            ...Operation
          }
        }
      }
    }
  }
`);

export const operationMoves = graphql(`
  subscription OperationMoves($id: ID!) {
    deviceOperation(by: { id: $id }) {
      deviceOperation {
        ...Operation
      }
    }
  }
`);
