/** The demo's domain: projects with tasks, comments and files. Replace this folder with your own; `docs/nouns.md` says how. */
import './attachment/extend.ts';
import './comment/extend.ts';
import './project/extend.ts';
import './task/noun.ts';
import { describeRoles } from '../authorization/roles.ts';
import type { Domain } from '../nouns/domain.ts';
import { createAttachmentService } from './attachment/service.ts';
import { createCommentService } from './comment/service.ts';
import { createProjectService } from './project/service.ts';

describeRoles({
  manager: 'Runs projects, with their money.',
  member: 'Works on tasks.',
  guest: 'Reads projects, tasks, comments and attachments that are not internal.',
  auditor: 'Reads members, money and the audit log; changes nothing.',
  partner: 'What an integration needs: projects, tasks and comments that are not internal.',
});

export const domain: Domain = {
  demo: () => import('./demo.ts'),
  firstQuery: '{ projects(first: 2) { nodes { name budget } } }',
  start({ db, events, removeFiles, files, scan, scanRequired }) {
    const attachments = createAttachmentService({
      db,
      files,
      removeFiles,
      scan,
      scanRequired,
    });
    const services = {
      projects: createProjectService({ db }),
      comments: createCommentService({ db, events }),
      attachments,
    };
    return { services, download: attachments.download };
  },
};
