/** The demo's domain: projects with tasks, comments and files. Replace this folder with your own; `docs/nouns.md` says how. */
import './audit-actions.ts';
import './visibility.ts';
import './attachment/attachment-mutations.ts';
import './project/project.ts';
import './project/project-mutations.ts';
import './task/subscription.ts';
import './task/task.ts';
import './task/task-mutations.ts';
import { describeRoles } from '../authorization/roles.ts';
import type { Domain } from '../nouns/domain.ts';
import { type AttachmentService, createAttachmentService } from './attachment/service.ts';
import { createProjectService, type ProjectService } from './project/service.ts';
import { type CommentService, createCommentService, createTaskService, type TaskService } from './task/service.ts';

/** What the domain adds to the services of resolvers. */
interface DomainRegister {
  readonly projects: ProjectService;
  readonly tasks: TaskService;
  readonly comments: CommentService;
  readonly attachments: AttachmentService;
}

declare module '../nouns/services.ts' {
  interface ServiceRegister extends DomainRegister {}
}

describeRoles({
  manager: 'Runs projects, with their money.',
  member: 'Works on tasks.',
  guest: 'Reads projects, tasks, comments and attachments that are not internal.',
  auditor: 'Reads members, money and the audit log; changes nothing.',
  partner: 'What an integration needs: projects, tasks and comments that are not internal.',
});

export const domain: Domain = {
  start({ db, events, removeFiles, files, scan, scanRequired, uploadLimitBytes }) {
    const attachments = createAttachmentService({
      db,
      files,
      removeFiles,
      scan,
      scanRequired,
      limitBytes: uploadLimitBytes,
    });
    const services = {
      projects: createProjectService({ db, removeFiles }),
      tasks: createTaskService({ db, events, removeFiles }),
      comments: createCommentService({ db, events }),
      attachments,
    };
    return { services, download: attachments.download };
  },
};
