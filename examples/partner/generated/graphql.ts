/* eslint-disable */
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** An instant in UTC, RFC 3339, such as `2026-01-31T12:00:00.000Z`. */
  DateTime: { input: string; output: string; }
  /** An exact decimal number as a string, such as `"1250.50"`: never a float. */
  Decimal: { input: string; output: string; }
  /** Any JSON value. */
  JSON: { input: unknown; output: unknown; }
  /** A file, sent as the GraphQL multipart request specification says. */
  Upload: { input: File; output: File; }
};

/** Which invitation to accept. */
export type AcceptInvitationInput = {
  /** The token of the mail. */
  token: Scalars['String']['input'];
};

/** What permissions alone say about a coordinate. */
export type AccessDecision =
  /** Allowed for every row. */
  | 'ALLOWED'
  /** Denied for every row. */
  | 'DENIED'
  /** Allowed for the rows that are about oneself. */
  | 'PER_ROW';

/** Of whom the question is. Name one of them; none means oneself. */
export type AccessSubject = {
  /** An API key of the organization. */
  apiKey?: InputMaybe<Scalars['ID']['input']>;
  /** The key of a role of the organization. */
  role?: InputMaybe<Scalars['String']['input']>;
  /** A member of the organization. */
  user?: InputMaybe<Scalars['ID']['input']>;
};

/** A new comment. */
export type AddCommentInput = {
  /** The text, 1 to 20,000 characters. */
  body: Scalars['String']['input'];
  /** Whether only those who may read internal comments see it. */
  internal?: InputMaybe<Scalars['Boolean']['input']>;
  /** The global id of the task. */
  taskId: Scalars['ID']['input'];
};

/** Who joins which project. */
export type AddProjectMemberInput = {
  /** The global id of the project. */
  projectId: Scalars['ID']['input'];
  /** The global id of the person. */
  userId: Scalars['ID']['input'];
};

/** How ApiKey lists are sorted. */
export type ApiKeyOrder = {
  /** Ascending when left out. */
  direction?: InputMaybe<OrderDirection>;
  /** The column. */
  field: ApiKeyOrderField;
};

/** What ApiKey lists can be sorted by. */
export type ApiKeyOrderField =
  /** By age. */
  | 'CREATED_AT';

/** Whom to let in. */
export type ApproveUserInput = {
  /** The role to give, within one’s own permissions. */
  roleKey?: InputMaybe<Scalars['String']['input']>;
  /** The global id of somebody who waits. */
  userId: Scalars['ID']['input'];
};

/** The project to archive. */
export type ArchiveProjectInput = {
  /** The `updatedAt` that was read: CONFLICT when the row changed since. Left out: whatever it is now. */
  expectedUpdatedAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** The global id. */
  id: Scalars['ID']['input'];
};

/** How Attachment lists are sorted. */
export type AttachmentOrder = {
  /** Ascending when left out. */
  direction?: InputMaybe<OrderDirection>;
  /** The column. */
  field: AttachmentOrderField;
};

/** What Attachment lists can be sorted by. */
export type AttachmentOrderField =
  /** By age. */
  | 'CREATED_AT';

/** Conditions on audit events; several hold together. */
export type AuditEventFilter = {
  /** All of these. */
  AND?: InputMaybe<Array<AuditEventFilter>>;
  /** Not this. */
  NOT?: InputMaybe<AuditEventFilter>;
  /** Any of these. */
  OR?: InputMaybe<Array<AuditEventFilter>>;
  /** By action. */
  action?: InputMaybe<StringFilter>;
  /** By who did it. */
  actorId?: InputMaybe<IdFilter>;
  /** By time. */
  at?: InputMaybe<DateTimeFilter>;
  /** By request. */
  requestId?: InputMaybe<StringFilter>;
  /** By what it was done to. */
  targetId?: InputMaybe<IdFilter>;
  /** By the type of what it was done to. */
  targetType?: InputMaybe<StringFilter>;
};

/** How AuditEvent lists are sorted. */
export type AuditEventOrder = {
  /** Ascending when left out. */
  direction?: InputMaybe<OrderDirection>;
  /** The column. */
  field: AuditEventOrderField;
};

/** What AuditEvent lists can be sorted by. */
export type AuditEventOrderField =
  /** By time. */
  | 'AT';

/** Conditions on yes or no. */
export type BooleanFilter = {
  /** Equal to. */
  eq?: InputMaybe<Scalars['Boolean']['input']>;
  /** Not equal to; rows without a value do not match. */
  not?: InputMaybe<Scalars['Boolean']['input']>;
};

/** The new address. */
export type ChangeEmailInput = {
  /** The new address; it counts once it is confirmed. */
  email: Scalars['String']['input'];
  /** The password, once more. */
  password: Scalars['String']['input'];
  /** A recovery code in its place; each works once. */
  recoveryCode?: InputMaybe<Scalars['String']['input']>;
  /** The code of the authenticator app, where a second factor is on. */
  totp?: InputMaybe<Scalars['String']['input']>;
};

/** The old and the new password. */
export type ChangePasswordInput = {
  /** The password so far. */
  currentPassword: Scalars['String']['input'];
  /** The new one. */
  newPassword: Scalars['String']['input'];
  /** A recovery code in its place; each works once. */
  recoveryCode?: InputMaybe<Scalars['String']['input']>;
  /** The code of the authenticator app, where a second factor is on. */
  totp?: InputMaybe<Scalars['String']['input']>;
};

/** Conditions on comments; several hold together. */
export type CommentFilter = {
  /** All of these. */
  AND?: InputMaybe<Array<CommentFilter>>;
  /** Not this. */
  NOT?: InputMaybe<CommentFilter>;
  /** Any of these. */
  OR?: InputMaybe<Array<CommentFilter>>;
  /** By who wrote them. */
  author?: InputMaybe<UserFilter>;
  /** By text. */
  body?: InputMaybe<StringFilter>;
  /** By age. */
  createdAt?: InputMaybe<DateTimeFilter>;
  /** By whether they are internal. */
  internal?: InputMaybe<BooleanFilter>;
};

/** Conditions on the comments below something, of those that the viewer can see. */
export type CommentListFilter = {
  /** All are like this, or there are none. */
  every?: InputMaybe<CommentFilter>;
  /** None is like this. */
  none?: InputMaybe<CommentFilter>;
  /** At least one is like this. */
  some?: InputMaybe<CommentFilter>;
};

/** How Comment lists are sorted. */
export type CommentOrder = {
  /** Ascending when left out. */
  direction?: InputMaybe<OrderDirection>;
  /** The column. */
  field: CommentOrderField;
};

/** What Comment lists can be sorted by. */
export type CommentOrderField =
  /** By age. */
  | 'CREATED_AT';

/** The proof that the app has the secret. */
export type ConfirmTotpEnrolmentInput = {
  /** The code that the app shows. */
  totp: Scalars['String']['input'];
};

/** A new key, within the permissions that the viewer holds. */
export type CreateApiKeyInput = {
  /** Whether it may send operations that are not registered; no when left out. */
  allowAdHoc?: InputMaybe<Scalars['Boolean']['input']>;
  /** Address ranges (CIDR) that it may come from; anywhere when left out. */
  allowedNetworks?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Cost points a minute. */
  budget?: InputMaybe<Scalars['Int']['input']>;
  /** The program that it is for. */
  client: Scalars['String']['input'];
  /** When it ends by itself; never when left out. */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** What people call it, 1 to 100 characters. */
  name: Scalars['String']['input'];
  /** Requests a minute. */
  requestsPerMinute?: InputMaybe<Scalars['Int']['input']>;
  /** The key of its role. */
  roleKey: Scalars['String']['input'];
  /** Permissions that it may use; all of its role when left out. */
  scopes?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** A new organization; whoever makes it is its owner. */
export type CreateOrganizationInput = {
  /** Display name, 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** Short name: 2 to 63 lower-case letters, digits, hyphens; unique. */
  slug: Scalars['String']['input'];
};

/** A new project. */
export type CreateProjectInput = {
  /** Planned cost. Null when unset, or when denied. */
  budget?: InputMaybe<Scalars['Decimal']['input']>;
  /** What it is about. At most 10,000 characters. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** The short name, unique in the organization. 2 to 20 characters. Use capital letters, digits and hyphens, beginning with a letter. */
  key: Scalars['String']['input'];
  /** Who leads it; null for nobody. A global id. */
  leadId?: InputMaybe<Scalars['ID']['input']>;
  /** Display name. 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** Where it stands. PLANNED when left out. */
  status?: InputMaybe<ProjectStatus>;
};

/** A new role. */
export type CreateRoleInput = {
  /** What it is for. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** Short name: 2 to 40 lower-case letters, digits, hyphens; unique. */
  key: Scalars['String']['input'];
  /** Display name, 1 to 100 characters. */
  name: Scalars['String']['input'];
  /** Permissions of the catalogue that the viewer holds. */
  permissions: Array<Scalars['String']['input']>;
};

/** A new task. */
export type CreateTaskInput = {
  /** Who does it; null for nobody. A global id. */
  assigneeId?: InputMaybe<Scalars['ID']['input']>;
  /** In more words. At most 20,000 characters. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** Until when; null for no date. */
  dueAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** Estimated work in minutes. Null when unset, or when denied. */
  estimateMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** Notes that guests and partners do not see. Null when unset, or when denied. At most 20,000 characters. */
  internalNotes?: InputMaybe<Scalars['String']['input']>;
  /** How urgent it is. MEDIUM when left out. */
  priority?: InputMaybe<TaskPriority>;
  /** The global id of the project. */
  projectId: Scalars['ID']['input'];
  /** Where it stands. TODO when left out. */
  status?: InputMaybe<TaskStatus>;
  /** What is to be done. 1 to 300 characters. */
  title: Scalars['String']['input'];
};

/** Conditions on an instant; several hold together. */
export type DateTimeFilter = {
  /** Equal to. */
  eq?: InputMaybe<Scalars['DateTime']['input']>;
  /** Greater than. */
  gt?: InputMaybe<Scalars['DateTime']['input']>;
  /** Greater than or equal to. */
  gte?: InputMaybe<Scalars['DateTime']['input']>;
  /** One of these. */
  in?: InputMaybe<Array<Scalars['DateTime']['input']>>;
  /** Whether there is no value. */
  isNull?: InputMaybe<Scalars['Boolean']['input']>;
  /** Less than. */
  lt?: InputMaybe<Scalars['DateTime']['input']>;
  /** Less than or equal to. */
  lte?: InputMaybe<Scalars['DateTime']['input']>;
  /** Not equal to; rows without a value do not match. */
  not?: InputMaybe<Scalars['DateTime']['input']>;
};

/** Conditions on a decimal; several hold together. */
export type DecimalFilter = {
  /** Equal to. */
  eq?: InputMaybe<Scalars['Decimal']['input']>;
  /** Greater than. */
  gt?: InputMaybe<Scalars['Decimal']['input']>;
  /** Greater than or equal to. */
  gte?: InputMaybe<Scalars['Decimal']['input']>;
  /** One of these. */
  in?: InputMaybe<Array<Scalars['Decimal']['input']>>;
  /** Whether there is no value. */
  isNull?: InputMaybe<Scalars['Boolean']['input']>;
  /** Less than. */
  lt?: InputMaybe<Scalars['Decimal']['input']>;
  /** Less than or equal to. */
  lte?: InputMaybe<Scalars['Decimal']['input']>;
  /** Not equal to; rows without a value do not match. */
  not?: InputMaybe<Scalars['Decimal']['input']>;
};

/** Who goes. */
export type DeleteAccountInput = {
  /** The password, once more. */
  password: Scalars['String']['input'];
  /** A recovery code in its place. */
  recoveryCode?: InputMaybe<Scalars['String']['input']>;
  /** The code of the second factor, where one is on. */
  totp?: InputMaybe<Scalars['String']['input']>;
};

/** The file to delete. */
export type DeleteAttachmentInput = {
  /** The global id. */
  id: Scalars['ID']['input'];
};

/** The comment to delete. */
export type DeleteCommentInput = {
  /** The global id. */
  id: Scalars['ID']['input'];
};

/** Confirms the deletion of the current organization. */
export type DeleteOrganizationInput = {
  /** The slug of the current organization, repeated. */
  slug: Scalars['String']['input'];
};

/** The project to delete. */
export type DeleteProjectInput = {
  /** The global id. */
  id: Scalars['ID']['input'];
};

/** Which role to delete. */
export type DeleteRoleInput = {
  /** The global id. */
  id: Scalars['ID']['input'];
};

/** The task to delete. */
export type DeleteTaskInput = {
  /** The global id. */
  id: Scalars['ID']['input'];
};

/** Both factors, for the last time. */
export type DisableTotpInput = {
  /** The password, once more. */
  password: Scalars['String']['input'];
  /** A recovery code in its place. */
  recoveryCode?: InputMaybe<Scalars['String']['input']>;
  /** The code that the app shows. */
  totp?: InputMaybe<Scalars['String']['input']>;
};

/** Who asks. */
export type ExportAccountInput = {
  /** The password, once more. */
  password: Scalars['String']['input'];
  /** A recovery code in its place; each works once. */
  recoveryCode?: InputMaybe<Scalars['String']['input']>;
  /** The code of the authenticator app, where a second factor is on. */
  totp?: InputMaybe<Scalars['String']['input']>;
};

/** Conditions on an id. */
export type IdFilter = {
  /** Equal to. */
  eq?: InputMaybe<Scalars['ID']['input']>;
  /** One of these. */
  in?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** Not equal to; rows without a value do not match. */
  not?: InputMaybe<Scalars['ID']['input']>;
};

/** Conditions on a whole number; several hold together. */
export type IntFilter = {
  /** Equal to. */
  eq?: InputMaybe<Scalars['Int']['input']>;
  /** Greater than. */
  gt?: InputMaybe<Scalars['Int']['input']>;
  /** Greater than or equal to. */
  gte?: InputMaybe<Scalars['Int']['input']>;
  /** One of these. */
  in?: InputMaybe<Array<Scalars['Int']['input']>>;
  /** Whether there is no value. */
  isNull?: InputMaybe<Scalars['Boolean']['input']>;
  /** Less than. */
  lt?: InputMaybe<Scalars['Int']['input']>;
  /** Less than or equal to. */
  lte?: InputMaybe<Scalars['Int']['input']>;
  /** Not equal to; rows without a value do not match. */
  not?: InputMaybe<Scalars['Int']['input']>;
};

/** Whom to invite. */
export type InviteMemberInput = {
  /** The address. */
  email: Scalars['String']['input'];
  /** The key of the role that the person gets. */
  roleKey: Scalars['String']['input'];
};

/** Confirms that one leaves the current organization. */
export type LeaveOrganizationInput = {
  /** The slug of the current organization, repeated. */
  slug: Scalars['String']['input'];
};

/** How Membership lists are sorted. */
export type MembershipOrder = {
  /** Ascending when left out. */
  direction?: InputMaybe<OrderDirection>;
  /** The column. */
  field: MembershipOrderField;
};

/** What Membership lists can be sorted by. */
export type MembershipOrderField =
  /** By the day of joining. */
  | 'JOINED_AT';

/** The state of a membership. */
export type MembershipStatus =
  /** In force. */
  | 'ACTIVE'
  /** Waiting for approval. */
  | 'PENDING'
  /** Ended. */
  | 'REMOVED'
  /** Suspended: may sign out, and nothing else. */
  | 'SUSPENDED';

/** Conditions on a MembershipStatus. */
export type MembershipStatusFilter = {
  /** Equal to. */
  eq?: InputMaybe<MembershipStatus>;
  /** One of these. */
  in?: InputMaybe<Array<MembershipStatus>>;
  /** Not equal to; rows without a value do not match. */
  not?: InputMaybe<MembershipStatus>;
};

/** Both factors. */
export type NewRecoveryCodesInput = {
  /** The password, once more. */
  password: Scalars['String']['input'];
  /** The code that the app shows. */
  totp: Scalars['String']['input'];
};

/** Which end comes first. */
export type OrderDirection =
  /** The smallest first; rows without a value last. */
  | 'ASC'
  /** The largest first; rows without a value first. */
  | 'DESC';

/** Conditions on registered operations; several hold together. */
export type PersistedOperationFilter = {
  /** All of these. */
  AND?: InputMaybe<Array<PersistedOperationFilter>>;
  /** Not this. */
  NOT?: InputMaybe<PersistedOperationFilter>;
  /** Any of these. */
  OR?: InputMaybe<Array<PersistedOperationFilter>>;
  /** By the client. */
  client?: InputMaybe<StringFilter>;
  /** By when it last ran. */
  lastUsedAt?: InputMaybe<DateTimeFilter>;
  /** By the name. */
  name?: InputMaybe<StringFilter>;
  /** By when it was retired. */
  retiredAt?: InputMaybe<DateTimeFilter>;
};

/** An operation to register. */
export type PersistedOperationInput = {
  /** Its exact text: its hash is what it will be called by. */
  body: Scalars['String']['input'];
  /** Its name; the one in its text. */
  name: Scalars['String']['input'];
};

/** Conditions on projects; several hold together. */
export type ProjectFilter = {
  /** All of these. */
  AND?: InputMaybe<Array<ProjectFilter>>;
  /** Not this. */
  NOT?: InputMaybe<ProjectFilter>;
  /** Any of these. */
  OR?: InputMaybe<Array<ProjectFilter>>;
  /** By the day of archiving. */
  archivedAt?: InputMaybe<DateTimeFilter>;
  /** By planned cost. */
  budget?: InputMaybe<DecimalFilter>;
  /** By age. */
  createdAt?: InputMaybe<DateTimeFilter>;
  /** By description. */
  description?: InputMaybe<StringFilter>;
  /** By id. */
  id?: InputMaybe<IdFilter>;
  /** By short name. */
  key?: InputMaybe<StringFilter>;
  /** By who leads it. */
  lead?: InputMaybe<UserFilter>;
  /** By display name. */
  name?: InputMaybe<StringFilter>;
  /** By cost so far. */
  spent?: InputMaybe<DecimalFilter>;
  /** By status. */
  status?: InputMaybe<ProjectStatusFilter>;
  /** By its tasks. */
  tasks?: InputMaybe<TaskListFilter>;
  /** By last change. */
  updatedAt?: InputMaybe<DateTimeFilter>;
};

/** How Project lists are sorted. */
export type ProjectOrder = {
  /** Ascending when left out. */
  direction?: InputMaybe<OrderDirection>;
  /** The column. */
  field: ProjectOrderField;
};

/** What Project lists can be sorted by. */
export type ProjectOrderField =
  /** By planned cost. */
  | 'BUDGET'
  /** By age. */
  | 'CREATED_AT'
  /** By short name. */
  | 'KEY'
  /** By display name. */
  | 'NAME'
  /** By cost so far. */
  | 'SPENT'
  /** By status. */
  | 'STATUS'
  /** By last change. */
  | 'UPDATED_AT';

/** Where a project stands. */
export type ProjectStatus =
  /** Under way. */
  | 'ACTIVE'
  /** Done. */
  | 'COMPLETED'
  /** Paused. */
  | 'ON_HOLD'
  /** Not begun. */
  | 'PLANNED';

/** Conditions on a ProjectStatus. */
export type ProjectStatusFilter = {
  /** Equal to. */
  eq?: InputMaybe<ProjectStatus>;
  /** One of these. */
  in?: InputMaybe<Array<ProjectStatus>>;
  /** Not equal to; rows without a value do not match. */
  not?: InputMaybe<ProjectStatus>;
};

/** Which session to renew. */
export type RefreshSessionInput = {
  /** The latest refresh token; left out when it is in the cookie. */
  refreshToken?: InputMaybe<Scalars['String']['input']>;
};

/** How a client gets its refresh tokens. */
export type RefreshTokenDelivery =
  /** In a cookie that scripts cannot read: for browsers. The answer then holds none. */
  | 'COOKIE'
  /** In the answer: for native clients, which can keep a secret. */
  | 'PAYLOAD';

/** Who registers. */
export type RegisterInput = {
  /** The e-mail address; a link to confirm it is sent there. */
  email: Scalars['String']['input'];
  /** The token of an invitation, where registration is by invitation. */
  invitationToken?: InputMaybe<Scalars['String']['input']>;
  /** Display name, 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** The slug of the organization to join, where one must approve. */
  organization?: InputMaybe<Scalars['String']['input']>;
  /** 10 to 1024 characters, none of the commonest passwords. Without an invitation it does not count until `verifyEmail` says it again: whoever reads the mail decides. */
  password: Scalars['String']['input'];
};

/** Operations to register for a client. */
export type RegisterPersistedOperationsInput = {
  /** The client, as its keys name it. */
  client: Scalars['String']['input'];
  /** The operations: all of them are registered, or none. At most 2,000. */
  operations: Array<PersistedOperationInput>;
};

/** Whom to reinstate. */
export type ReinstateUserInput = {
  /** The global id of a suspended member. */
  userId: Scalars['ID']['input'];
};

/** Whose membership to end. */
export type RemoveMemberInput = {
  /** The global id of the person. */
  userId: Scalars['ID']['input'];
};

/** Who leaves which project. */
export type RemoveProjectMemberInput = {
  /** The global id of the project. */
  projectId: Scalars['ID']['input'];
  /** The global id of the person. */
  userId: Scalars['ID']['input'];
};

/** Whose password was forgotten. */
export type RequestPasswordResetInput = {
  /** The address of the account. */
  email: Scalars['String']['input'];
};

/** Where to send the link again. */
export type ResendVerificationInput = {
  /** The address. */
  email: Scalars['String']['input'];
};

/** A new password. */
export type ResetPasswordInput = {
  /** The new password. */
  password: Scalars['String']['input'];
  /** The token out of the mail; good for 30 minutes, once. */
  token: Scalars['String']['input'];
};

/** The project to take out of the archive. */
export type RestoreProjectInput = {
  /** The `updatedAt` that was read: CONFLICT when the row changed since. Left out: whatever it is now. */
  expectedUpdatedAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** The global id. */
  id: Scalars['ID']['input'];
};

/** An operation to retire. */
export type RetirePersistedOperationInput = {
  /** The global id. */
  id: Scalars['ID']['input'];
  /** What callers are told: why, and what to use instead. */
  reason: Scalars['String']['input'];
};

/** Which key to end. */
export type RevokeApiKeyInput = {
  /** The global id. */
  id: Scalars['ID']['input'];
};

/** Which invitation to take back. */
export type RevokeInvitationInput = {
  /** The global id. */
  id: Scalars['ID']['input'];
};

/** Which session to end. */
export type RevokeSessionInput = {
  /** The global id of one of one’s own sessions. */
  sessionId: Scalars['ID']['input'];
};

/** Which key gets a new secret. */
export type RotateApiKeyInput = {
  /** The global id. */
  id: Scalars['ID']['input'];
  /** How long the old secret works on; 60 when left out, 0 for not at all. */
  overlapMinutes?: InputMaybe<Scalars['Int']['input']>;
};

/** The roles that a member shall have, instead of those before. */
export type SetMemberRolesInput = {
  /** Keys of the roles, at least one. */
  roleKeys: Array<Scalars['String']['input']>;
  /** The global id of the person. */
  userId: Scalars['ID']['input'];
};

/** Who signs in. */
export type SignInInput = {
  /** The e-mail address of the account. */
  email: Scalars['String']['input'];
  /** The password. */
  password: Scalars['String']['input'];
  /** A recovery code in its place; each works once. */
  recoveryCode?: InputMaybe<Scalars['String']['input']>;
  /** How to deliver this and all later refresh tokens of the session. */
  refreshTokenDelivery?: InputMaybe<RefreshTokenDelivery>;
  /** The code of the authenticator app, once the answer was MFA_REQUIRED. */
  totp?: InputMaybe<Scalars['String']['input']>;
};

/** Who enrols. */
export type StartTotpEnrolmentInput = {
  /** The password, once more. */
  password: Scalars['String']['input'];
};

/** Conditions on a text; several hold together. */
export type StringFilter = {
  /** Contains this text, whatever the case. */
  contains?: InputMaybe<Scalars['String']['input']>;
  /** Equal to. */
  eq?: InputMaybe<Scalars['String']['input']>;
  /** One of these. */
  in?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Whether there is no value. */
  isNull?: InputMaybe<Scalars['Boolean']['input']>;
  /** Not equal to; rows without a value do not match. */
  not?: InputMaybe<Scalars['String']['input']>;
  /** Starts with this text, whatever the case. */
  startsWith?: InputMaybe<Scalars['String']['input']>;
};

/** Whom to suspend. */
export type SuspendUserInput = {
  /** The global id of a member. */
  userId: Scalars['ID']['input'];
};

/** What happened to a task. */
export type TaskChangeKind =
  /** It was made. */
  | 'CREATED'
  /** It was deleted. */
  | 'DELETED'
  /** It changed. */
  | 'UPDATED';

/** Conditions on tasks; several hold together. */
export type TaskFilter = {
  /** All of these. */
  AND?: InputMaybe<Array<TaskFilter>>;
  /** Not this. */
  NOT?: InputMaybe<TaskFilter>;
  /** Any of these. */
  OR?: InputMaybe<Array<TaskFilter>>;
  /** By who does it. */
  assignee?: InputMaybe<UserFilter>;
  /** By its comments. */
  comments?: InputMaybe<CommentListFilter>;
  /** By age. */
  createdAt?: InputMaybe<DateTimeFilter>;
  /** By description. */
  description?: InputMaybe<StringFilter>;
  /** By date. */
  dueAt?: InputMaybe<DateTimeFilter>;
  /** By estimated work. */
  estimateMinutes?: InputMaybe<IntFilter>;
  /** By id. */
  id?: InputMaybe<IdFilter>;
  /** By internal notes. */
  internalNotes?: InputMaybe<StringFilter>;
  /** By number. */
  number?: InputMaybe<IntFilter>;
  /** By priority. */
  priority?: InputMaybe<TaskPriorityFilter>;
  /** By its project. */
  project?: InputMaybe<ProjectFilter>;
  /** By who asked for it. */
  reporter?: InputMaybe<UserFilter>;
  /** By status. */
  status?: InputMaybe<TaskStatusFilter>;
  /** By title. */
  title?: InputMaybe<StringFilter>;
  /** By last change. */
  updatedAt?: InputMaybe<DateTimeFilter>;
};

/** Conditions on the tasks below something, of those that the viewer can see. */
export type TaskListFilter = {
  /** All are like this, or there are none. */
  every?: InputMaybe<TaskFilter>;
  /** None is like this. */
  none?: InputMaybe<TaskFilter>;
  /** At least one is like this. */
  some?: InputMaybe<TaskFilter>;
};

/** How Task lists are sorted. */
export type TaskOrder = {
  /** Ascending when left out. */
  direction?: InputMaybe<OrderDirection>;
  /** The column. */
  field: TaskOrderField;
};

/** What Task lists can be sorted by. */
export type TaskOrderField =
  /** By age. */
  | 'CREATED_AT'
  /** By date. */
  | 'DUE_AT'
  /** By estimated work. */
  | 'ESTIMATE_MINUTES'
  /** By number. */
  | 'NUMBER'
  /** By priority. */
  | 'PRIORITY'
  /** By status. */
  | 'STATUS'
  /** By title. */
  | 'TITLE'
  /** By last change. */
  | 'UPDATED_AT';

/** How urgent a task is. */
export type TaskPriority =
  /** Soon. */
  | 'HIGH'
  /** Can wait. */
  | 'LOW'
  /** In its turn. */
  | 'MEDIUM'
  /** Now. */
  | 'URGENT';

/** Conditions on a TaskPriority. */
export type TaskPriorityFilter = {
  /** Equal to. */
  eq?: InputMaybe<TaskPriority>;
  /** One of these. */
  in?: InputMaybe<Array<TaskPriority>>;
  /** Not equal to; rows without a value do not match. */
  not?: InputMaybe<TaskPriority>;
};

/** Where a task stands. */
export type TaskStatus =
  /** Done. */
  | 'DONE'
  /** Under way. */
  | 'IN_PROGRESS'
  /** Waiting for a second pair of eyes. */
  | 'IN_REVIEW'
  /** Not begun. */
  | 'TODO';

/** Conditions on a TaskStatus. */
export type TaskStatusFilter = {
  /** Equal to. */
  eq?: InputMaybe<TaskStatus>;
  /** One of these. */
  in?: InputMaybe<Array<TaskStatus>>;
  /** Not equal to; rows without a value do not match. */
  not?: InputMaybe<TaskStatus>;
};

/** A new text for a comment of one’s own. */
export type UpdateCommentInput = {
  /** The text, 1 to 20,000 characters. */
  body: Scalars['String']['input'];
  /** The `updatedAt` that was read: CONFLICT when the row changed since. Left out: whatever it is now. */
  expectedUpdatedAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** The global id. */
  id: Scalars['ID']['input'];
};

/** What changes in the current organization. */
export type UpdateOrganizationInput = {
  /** Display name, 1 to 200 characters. */
  name: Scalars['String']['input'];
};

/** What to change; what is left out stays. */
export type UpdateProfileInput = {
  /** Where the picture is, an https URL; null for none. */
  avatarUrl?: InputMaybe<Scalars['String']['input']>;
  /** Display name, 1 to 200 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Phone number; null for none. */
  phone?: InputMaybe<Scalars['String']['input']>;
};

/** What changes; what is left out stays. */
export type UpdateProjectInput = {
  /** Planned cost. Null when unset, or when denied. Null empties it. */
  budget?: InputMaybe<Scalars['Decimal']['input']>;
  /** What it is about. At most 10,000 characters. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** The `updatedAt` that was read: CONFLICT when the row changed since. Left out: whatever it is now. */
  expectedUpdatedAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** The global id. */
  id: Scalars['ID']['input'];
  /** The short name, unique in the organization. 2 to 20 characters. Use capital letters, digits and hyphens, beginning with a letter. */
  key?: InputMaybe<Scalars['String']['input']>;
  /** Who leads it; null for nobody. A global id. Null empties it. */
  leadId?: InputMaybe<Scalars['ID']['input']>;
  /** Display name. 1 to 200 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Where it stands. */
  status?: InputMaybe<ProjectStatus>;
};

/** What changes; what is left out stays. */
export type UpdateRoleInput = {
  /** What it is for. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** The global id. */
  id: Scalars['ID']['input'];
  /** Short name. */
  key?: InputMaybe<Scalars['String']['input']>;
  /** Display name. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Permissions of the catalogue that the viewer holds. */
  permissions?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** What changes; what is left out stays. */
export type UpdateTaskInput = {
  /** Who does it; null for nobody. A global id. Null empties it. */
  assigneeId?: InputMaybe<Scalars['ID']['input']>;
  /** In more words. At most 20,000 characters. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** Until when; null for no date. Null empties it. */
  dueAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** Estimated work in minutes. Null when unset, or when denied. Null empties it. */
  estimateMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** The `updatedAt` that was read: CONFLICT when the row changed since. Left out: whatever it is now. */
  expectedUpdatedAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** The global id. */
  id: Scalars['ID']['input'];
  /** Notes that guests and partners do not see. Null when unset, or when denied. At most 20,000 characters. Null empties it. */
  internalNotes?: InputMaybe<Scalars['String']['input']>;
  /** How urgent it is. */
  priority?: InputMaybe<TaskPriority>;
  /** Where it stands. */
  status?: InputMaybe<TaskStatus>;
  /** What is to be done. 1 to 300 characters. */
  title?: InputMaybe<Scalars['String']['input']>;
};

/** A file for a task. */
export type UploadAttachmentInput = {
  /** The file. */
  file: Scalars['Upload']['input'];
  /** The global id of the task. */
  taskId: Scalars['ID']['input'];
};

/** Conditions on people; several hold together. */
export type UserFilter = {
  /** All of these. */
  AND?: InputMaybe<Array<UserFilter>>;
  /** Not this. */
  NOT?: InputMaybe<UserFilter>;
  /** Any of these. */
  OR?: InputMaybe<Array<UserFilter>>;
  /** By the age of the account. */
  createdAt?: InputMaybe<DateTimeFilter>;
  /** By e-mail address. */
  email?: InputMaybe<StringFilter>;
  /** By id. */
  id?: InputMaybe<IdFilter>;
  /** By the last sign-in. */
  lastSignInAt?: InputMaybe<DateTimeFilter>;
  /** By the second factor. */
  mfaEnabled?: InputMaybe<BooleanFilter>;
  /** By display name. */
  name?: InputMaybe<StringFilter>;
  /** By phone number. */
  phone?: InputMaybe<StringFilter>;
  /** By the state of the membership. */
  status?: InputMaybe<MembershipStatusFilter>;
};

/** How User lists are sorted. */
export type UserOrder = {
  /** Ascending when left out. */
  direction?: InputMaybe<OrderDirection>;
  /** The column. */
  field: UserOrderField;
};

/** What User lists can be sorted by. */
export type UserOrderField =
  /** By the age of the account. */
  | 'CREATED_AT'
  /** By e-mail address. */
  | 'EMAIL'
  /** By the last sign-in. */
  | 'LAST_SIGN_IN_AT'
  /** By display name. */
  | 'NAME';

/** The proof of an address. */
export type VerifyEmailInput = {
  /** The password of the account from now on, the one of `register` or another. Needed at a registration. At a change of address the one of the account, unless one is signed in there. */
  password?: InputMaybe<Scalars['String']['input']>;
  /** The token out of the mail. */
  token: Scalars['String']['input'];
};

export type PartnerProjectsQueryVariables = Exact<{
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type PartnerProjectsQuery = { __typename?: 'Query', projects?: { __typename?: 'ProjectConnection', totalCount: number, pageInfo: { __typename?: 'PageInfo', hasNextPage: boolean, endCursor?: string | null }, nodes: Array<{ __typename?: 'Project', id: string, key: string, name: string, status: ProjectStatus, tasks?: { __typename?: 'TaskConnection', nodes: Array<{ __typename?: 'Task', number: number, title: string, status: TaskStatus }> } | null }> } | null };

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

export const PartnerProjectsDocument = {"__meta__":{"documentHash":"b19db2d943a9b4a3fb92ffd34b9c37e37ec48723b7cda76a8e2fd474732102ed"}} as unknown as TypedDocumentString<PartnerProjectsQuery, PartnerProjectsQueryVariables>;