/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type CreateDeviceOperationInput = {
  completedDateTime?: string | null | undefined;
  createdBy?: IdentitySetInput | null | undefined;
  createdDateTime?: string | null | undefined;
  /** Global id of a Device, or the device id used upstream. */
  deviceId: string | number;
  error?: OperationErrorInput | null | undefined;
  /**
   * Your name for this create, for when you try again. Same key and same input within 24 hours: the first outcome again, and
   * nothing is sent. Same key and another input: IdempotencyKeyReusedError. A create that surely did not happen frees its key.
   * A key is its caller's own, and in pass-through, where a caller is known by its token, a renewed token is another caller.
   */
  idempotencyKey?: string | null | undefined;
  lastActionBy?: IdentitySetInput | null | undefined;
  lastActionDateTime?: string | null | undefined;
  operationType: DeviceOperationType;
  /** Needed for SOFTWARE_UPDATE when it goes through upstream's updateSoftware action. */
  softwareUpdate?: SoftwareUpdateInput | null | undefined;
  startedDateTime?: string | null | undefined;
  /** Upstream requires a status; a new operation is normally QUEUED. */
  status?: DeviceOperationStatus;
};

export type DeviceHealthStatus =
  | 'CRITICAL'
  | 'HEALTHY'
  | 'NON_URGENT'
  | 'OFFLINE'
  | 'UNKNOWN'
  | 'UNKNOWN_FUTURE_VALUE';

export type DeviceOperationStatus =
  | 'CANCELLED'
  | 'FAILED'
  | 'IN_PROGRESS'
  | 'QUEUED'
  | 'SCHEDULED'
  | 'SUCCESSFUL'
  /** A value newer than this schema; see statusRaw. Refused as input. */
  | 'UNKNOWN_FUTURE_VALUE';

/** What an operation does to its device. Clients must expect UNKNOWN_FUTURE_VALUE: upstream may add members. */
export type DeviceOperationType =
  | 'CONFIG_UPDATE'
  | 'DEVICE_DIAGNOSTICS'
  | 'DEVICE_MANAGEMENT_AGENT_CONFIG_UPDATE'
  | 'DEVICE_RESTART'
  | 'REMOTE_LOGIN'
  | 'REMOTE_LOGOUT'
  | 'SOFTWARE_UPDATE'
  /** A value newer than this schema; see operationTypeRaw. Refused as input. */
  | 'UNKNOWN_FUTURE_VALUE';

export type DeviceType =
  | 'COLLABORATION_BAR'
  | 'IP_PHONE'
  | 'LOW_COST_PHONE'
  | 'SIP'
  | 'SIP_ANALOG'
  | 'SURFACE_HUB'
  | 'TEAMS_DISPLAY'
  | 'TEAMS_PANEL'
  | 'TEAMS_ROOM'
  | 'TOUCH_CONSOLE'
  | 'UNKNOWN'
  | 'UNKNOWN_FUTURE_VALUE';

export type IdentityInput = {
  displayName?: string | null | undefined;
  id?: string | number | null | undefined;
};

export type IdentitySetInput = {
  application?: IdentityInput | null | undefined;
  device?: IdentityInput | null | undefined;
  user?: IdentityInput | null | undefined;
};

export type OperationErrorInput = {
  code?: string | null | undefined;
  message?: string | null | undefined;
};

export type SoftwareType =
  | 'ADMIN_AGENT'
  | 'COMPANY_PORTAL'
  | 'FIRMWARE'
  | 'OPERATING_SYSTEM'
  | 'PARTNER_AGENT'
  | 'TEAMS_CLIENT'
  | 'UNKNOWN_FUTURE_VALUE';

export type SoftwareUpdateInput = {
  softwareType: SoftwareType;
  softwareVersion?: string | null | undefined;
};

export type UserErrorCode =
  | 'DEVICE_NOT_FOUND'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'INVALID_INPUT'
  | 'OPERATION_ALREADY_QUEUED'
  | 'OUTCOME_UNKNOWN'
  | 'PERMISSION_DENIED'
  | 'THROTTLED'
  | 'UPSTREAM_REJECTED'
  | 'UPSTREAM_UNAVAILABLE';

export type OperationFragment = { id: string, operationType: DeviceOperationType, status: DeviceOperationStatus, isFinal: boolean, createdDateTime: string | null, error: { code: string | null, message: string | null } | null };

export type DevicesPageQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type DevicesPageQuery = { devices: { nodes: Array<{ id: string, deviceId: string, deviceType: DeviceType, healthStatus: DeviceHealthStatus | null, companyAssetTag: string | null, currentUser: { displayName: string | null } | null, operations: { nodes: Array<{ id: string, operationType: DeviceOperationType, status: DeviceOperationStatus, isFinal: boolean, createdDateTime: string | null, error: { code: string | null, message: string | null } | null }> } | null, meta: { fetchedAt: string, stale: boolean } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type CreateOperationMutationVariables = Exact<{
  input: CreateDeviceOperationInput;
}>;


export type CreateOperationMutation = { createDeviceOperation: { deviceOperation: { id: string, operationType: DeviceOperationType, status: DeviceOperationStatus, isFinal: boolean, createdDateTime: string | null, error: { code: string | null, message: string | null } | null } | null, userErrors: Array<
      | { __typename: 'DeviceNotFoundError', code: UserErrorCode, message: string }
      | { __typename: 'IdempotencyKeyReusedError', code: UserErrorCode, message: string }
      | { __typename: 'InvalidInputError', code: UserErrorCode, message: string }
      | { __typename: 'OperationAlreadyQueuedError', code: UserErrorCode, message: string, existingOperation: { id: string, operationType: DeviceOperationType, status: DeviceOperationStatus, isFinal: boolean, createdDateTime: string | null, error: { code: string | null, message: string | null } | null } | null }
      | { __typename: 'OutcomeUnknownError', code: UserErrorCode, message: string, candidates: Array<{ id: string, operationType: DeviceOperationType, status: DeviceOperationStatus, isFinal: boolean, createdDateTime: string | null, error: { code: string | null, message: string | null } | null }> }
      | { __typename: 'PermissionDeniedError', code: UserErrorCode, message: string, requiredScopes: Array<Array<string>> }
      | { __typename: 'ThrottledError', code: UserErrorCode, message: string, retryAfterSeconds: number }
      | { __typename: 'UpstreamRejectedError', code: UserErrorCode, message: string, upstreamCode: string | null, upstreamRequestId: string | null }
      | { __typename: 'UpstreamUnavailableError', code: UserErrorCode, message: string }
    > } | null };

export type OperationMovesSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type OperationMovesSubscription = { deviceOperation: { deviceOperation: { id: string, operationType: DeviceOperationType, status: DeviceOperationStatus, isFinal: boolean, createdDateTime: string | null, error: { code: string | null, message: string | null } | null } } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const OperationFragmentDoc = new TypedDocumentString(`
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
    `, {"fragmentName":"Operation"}) as unknown as TypedDocumentString<OperationFragment, unknown>;
export const DevicesPageDocument = new TypedDocumentString(`
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
}`) as unknown as TypedDocumentString<DevicesPageQuery, DevicesPageQueryVariables>;
export const CreateOperationDocument = new TypedDocumentString(`
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
}`) as unknown as TypedDocumentString<CreateOperationMutation, CreateOperationMutationVariables>;
export const OperationMovesDocument = new TypedDocumentString(`
    subscription OperationMoves($id: ID!) {
  deviceOperation(by: {id: $id}) {
    deviceOperation {
      ...Operation
    }
  }
}
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
}`) as unknown as TypedDocumentString<OperationMovesSubscription, OperationMovesSubscriptionVariables>;