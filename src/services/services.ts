/** The services that resolvers call for writes of several steps; composed in `app.ts`. */
import type { AccessService } from './access-service.ts';
import type { AccountService } from './account-service.ts';
import type { ApiKeyService } from './api-key-service.ts';
import type { AttachmentService } from './attachment-service.ts';
import type { MemberService } from './member-service.ts';
import type { MemberStatusService } from './member-status-service.ts';
import type { OperationRegistryService } from './operation-registry.ts';
import type { OrganizationService } from './organization-service.ts';
import type { PasswordService } from './password-service.ts';
import type { ProjectService } from './project-service.ts';
import type { RegistrationService } from './registration-service.ts';
import type { RoleService } from './role-service.ts';
import type { SecondFactorService } from './second-factor-service.ts';
import type { SessionService } from './session-service.ts';
import type { CommentService, TaskService } from './task-service.ts';
import type { ViewerService } from './viewer-service.ts';

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
