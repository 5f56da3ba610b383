/** The domain's permissions. */
import './attachment/permissions.ts';
import './comment/permissions.ts';
import './project/permissions.ts';
import './task/permissions.ts';
