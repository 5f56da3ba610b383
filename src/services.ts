/** The services that resolvers call for writes of several steps; composed in `app.ts`. */

import type { AttachmentService } from './domain/attachment/service.ts';
import type { ProjectService } from './domain/project/service.ts';
import type { CommentService, TaskService } from './domain/task/service.ts';
import type { AccessService } from './identity/access/access-service.ts';
import type { AccountService } from './identity/account/account-service.ts';
import type { PasswordService } from './identity/account/password-service.ts';
import type { RegistrationService } from './identity/account/registration-service.ts';
import type { SecondFactorService } from './identity/account/second-factor-service.ts';
import type { ApiKeyService } from './identity/api-key/api-key-service.ts';
import type { MemberService } from './identity/member/member-service.ts';
import type { MemberStatusService } from './identity/member/member-status-service.ts';
import type { OrganizationService } from './identity/organization/organization-service.ts';
import type { RoleService } from './identity/role/role-service.ts';
import type { SessionService } from './identity/session/session-service.ts';
import type { ViewerService } from './identity/session/viewer-service.ts';
import type { OperationRegistryService } from './registry/operation-registry.ts';

/** One member for each service; each service's file says what it does. */
export interface Services {
  readonly access: AccessService;
  readonly viewer: ViewerService;
  readonly sessions: SessionService;
  readonly secondFactor: SecondFactorService;
  readonly registration: RegistrationService;
  readonly passwords: PasswordService;
  readonly accounts: AccountService;
  readonly memberStatus: MemberStatusService;
  readonly organizations: OrganizationService;
  readonly members: MemberService;
  readonly roles: RoleService;
  readonly apiKeys: ApiKeyService;
  readonly projects: ProjectService;
  readonly tasks: TaskService;
  readonly comments: CommentService;
  readonly attachments: AttachmentService;
  readonly operationRegistry: OperationRegistryService;
}
