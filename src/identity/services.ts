/** Composes the services about accounts, which need each other. */
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';
import { createBackgroundWork } from '../nouns/background-work.ts';
import type { Services } from '../nouns/services.ts';
import type { BudgetStore } from '../stores/budget-store.ts';
import type { Database } from '../stores/database.ts';
import type { Events } from '../stores/events.ts';
import { createMailStore } from '../stores/mail.ts';
import type { Sealer } from '../stores/sealer.ts';
import type { AccessService } from './access/access-service.ts';
import { createAccountMails } from './account/account-mails.ts';
import { createAccountProof } from './account/account-proof.ts';
import { type AccountService, createAccountService } from './account/account-service.ts';
import { createAccountTokens } from './account/account-tokens.ts';
import { createPasswordService, type PasswordService } from './account/password-service.ts';
import { createRegistrationService, type RegistrationService } from './account/registration-service.ts';
import { createSecondFactorService, type SecondFactorService } from './account/second-factor-service.ts';
import { createMailSender, type SendMail } from './account/send-mail.ts';
import type { ApiKeyService } from './api-key/api-key-service.ts';
import type { AccessTokens } from './authentication/access-token.ts';
import type { MemberService } from './member/member-service.ts';
import { createMemberStatusService, type MemberStatusService } from './member/member-status-service.ts';
import type { OrganizationService } from './organization/organization-service.ts';
import type { OrganizationTransaction } from './organization/organization-transaction.ts';
import type { RoleService } from './role/role-service.ts';
import { createSessionService, type SessionService } from './session/session-service.ts';
import { createSignInAttempts } from './session/sign-in-attempts.ts';
import { createViewerService, type ViewerService } from './session/viewer-service.ts';

/** What identity adds to the services of resolvers. */
interface IdentityRegister {
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
}

declare module '../nouns/services.ts' {
  interface ServiceRegister extends IdentityRegister {}
}

/** The services, and what other services need of them. */
export interface IdentityServices {
  readonly services: Pick<
    Services,
    'viewer' | 'sessions' | 'secondFactor' | 'registration' | 'passwords' | 'accounts' | 'memberStatus'
  >;
  /** Sends a mail; to be called in the background. */
  readonly sendMail: SendMail;
  /** Resolves when all work in the background has ended. */
  settled(): Promise<void>;
  /** Waits for the background and closes the connection to the mail server. */
  close(): Promise<void>;
}

/** What the services need. */
export interface IdentityDependencies {
  readonly config: Config;
  readonly log: Logger;
  readonly db: Database;
  readonly accessTokens: AccessTokens;
  readonly budgets: BudgetStore;
  readonly sealer: Sealer;
  readonly events: Pick<Events, 'accessChanged'>;
  readonly inOrganization: OrganizationTransaction;
  /** The clock, for tests. */
  readonly now?: () => Date;
}

/** Makes the services. */
export function createIdentityServices(dependencies: IdentityDependencies): IdentityServices {
  const { config, log, db, accessTokens, budgets, sealer, events, inOrganization, now } = dependencies;
  const mailStore = createMailStore({
    smtpUrl: config.SMTP_URL ?? null,
    from: config.MAIL_FROM,
    outbox: join(config.DATA_DIR, 'outbox'),
  });
  const sendMail = createMailSender(mailStore, log);
  const background = createBackgroundWork({ log });
  const mails = createAccountMails(config.publicUrl);
  const attempts = createSignInAttempts({
    budgets,
    perAccountPerMinute: config.SIGN_IN_PER_ACCOUNT_PER_MINUTE,
    perNetworkPerMinute: config.SIGN_IN_PER_NETWORK_PER_MINUTE,
  });
  const proof = createAccountProof(db, attempts);
  const shared = { db, events, mails, sendMail, background, attempts, proof, now };
  const secondFactor = createSecondFactorService({ ...shared, sealer, issuer: 'Fieldgate' });
  const sessions = createSessionService({
    ...shared,
    accessTokens,
    secondFactor,
    idleTtlSeconds: config.SESSION_IDLE_TTL_SECONDS,
    absoluteTtlSeconds: config.SESSION_ABSOLUTE_TTL_SECONDS,
    graceSeconds: config.REFRESH_GRACE_SECONDS,
  });
  const clock = now ?? (() => new Date());
  const withTokens = { ...shared, tokens: createAccountTokens(db, clock), now: clock };
  return {
    services: {
      viewer: createViewerService({ db }),
      sessions,
      secondFactor,
      registration: createRegistrationService({ ...withTokens, sessions, registration: config.REGISTRATION }),
      passwords: createPasswordService({ ...withTokens, sessions, secondFactor }),
      accounts: createAccountService({ ...withTokens, sessions, secondFactor }),
      memberStatus: createMemberStatusService({ ...shared, inOrganization }),
    },
    sendMail,
    settled: () => background.settled(),
    async close() {
      await background.settled();
      mailStore.close();
    },
  };
}
