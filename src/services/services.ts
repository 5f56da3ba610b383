/** The services that resolvers call for writes of several steps; composed in `app.ts`. */
import type { AccessService } from './access-service.ts';
import type { OperationRegistryService } from './operation-registry.ts';
import type { ProjectService } from './project-service.ts';
import type { CommentService, TaskService } from './task-service.ts';

/** One member for each service; each service's file says what it does. */
export interface Services {
  readonly access: AccessService;
  readonly projects: ProjectService;
  readonly tasks: TaskService;
  readonly comments: CommentService;
  readonly operationRegistry: OperationRegistryService;
}
