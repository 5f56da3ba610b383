/**
 * The texts of the mails about accounts. Links go to PUBLIC_URL and to nothing that a request says; the token stands behind
 * the `#`, so that no server, proxy or Referer header ever carries it.
 */
import type { Mail } from '../../stores/mail.ts';

/** The mails; each takes the address and what it is about. */
export interface AccountMails {
  verifyEmail(to: string, token: string): Mail;
  changeEmail(to: string, token: string): Mail;
  emailChanges(to: string): Mail;
  alreadyRegistered(to: string): Mail;
  resetPassword(to: string, token: string): Mail;
  passwordChanged(to: string): Mail;
  secondFactorChanged(to: string, enabled: boolean): Mail;
  approved(to: string, organization: string): Mail;
}

/** Makes the mails. @param publicUrl where the frontend is. */
export function createAccountMails(publicUrl: URL): AccountMails {
  const base = publicUrl.href.replace(/\/+$/, '');
  const link = (page: string, token: string): string => `${base}/${page}#token=${token}`;
  const mail = (to: string, subject: string, ...lines: readonly string[]): Mail => ({
    to,
    subject,
    text: [...lines, '', 'Fieldgate', base].join('\n'),
  });
  const notYou = 'If this was not you, reset your password now and sign out everywhere.';

  return {
    verifyEmail: (to, token) =>
      mail(
        to,
        'Confirm your e-mail address',
        'Somebody has registered with this address. If it was you, confirm it within 24 hours, and say the password to sign in with:',
        '',
        link('verify-email', token),
        '',
        'If it was not you, do nothing: without the link the account cannot be used.',
      ),
    changeEmail: (to, token) =>
      mail(
        to,
        'Confirm your new e-mail address',
        'Confirm within 24 hours that this is to be the address of your account:',
        '',
        link('verify-email', token),
        '',
        'If you did not ask for it, do nothing.',
      ),
    emailChanges: (to) =>
      mail(
        to,
        'Your e-mail address is about to change',
        'Somebody who is signed in to your account asked to replace this address by another one.',
        notYou,
      ),
    alreadyRegistered: (to) =>
      mail(
        to,
        'You have an account already',
        'Somebody tried to register with this address, which has an account already.',
        'If it was you, sign in; if you do not know the password any more, ask for a new one.',
      ),
    resetPassword: (to, token) =>
      mail(
        to,
        'Choose a new password',
        'Somebody asked for a new password for this account. Choose it within 30 minutes:',
        '',
        link('reset-password', token),
        '',
        'If it was not you, do nothing: your password stays as it is.',
      ),
    passwordChanged: (to) =>
      mail(
        to,
        'Your password was changed',
        'The password of your account was changed, and every session ended.',
        notYou,
      ),
    secondFactorChanged: (to, enabled) =>
      mail(
        to,
        enabled ? 'Your second factor is on' : 'Your second factor is off',
        enabled
          ? 'From now on a sign-in needs a code of your authenticator app.'
          : 'From now on a sign-in needs your password alone.',
        notYou,
      ),
    approved: (to, organization) =>
      mail(to, 'You may come in', `Your membership in ${organization} was approved. Sign in to begin.`),
  };
}
