/** Everything that a person can do here, in the order in which they meet it. */
import type { Feature } from "./feature.ts";
import { dashboard } from "./features/dashboard/dashboard.ts";
import { home } from "./features/home/home.ts";
import { login } from "./features/login/login.ts";
import { logout } from "./features/logout/logout.ts";
import { signup } from "./features/signup/signup.ts";

export const features: readonly Feature[] = [home, signup, login, dashboard, logout];
