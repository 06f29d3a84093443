/** OWASP ASVS 5.0: each demand in our own words, and how those of V3, V6 and V7 stand where no test proves them. */

export interface Requirement {
  readonly id: string;
  readonly level: 1 | 2;
  readonly demand: string;
  /** Where no test cites the id: what is to come, or why it does not apply. */
  readonly otherwise?: { readonly planned: string } | { readonly notApplicable: string };
}

/** What tests cite beyond those: of other chapters, and of level 3. */
export interface Cited {
  readonly id: string;
  readonly level: 1 | 2 | 3;
  readonly demand: string;
}

const letters = { planned: "Comes with links and codes by e-mail." };
const factors = { planned: "Comes with second factors." };
const passwordChange = { planned: "Comes with a page for changing it." };
const federated = { planned: "Comes with logging in through another service." };

/** Every requirement of levels 1 and 2 of V3, V6 and V7. */
export const requirements: readonly Requirement[] = [
  { id: "3.2.1", level: 1, demand: "Answers are never shown as another kind of content than they are" },
  { id: "3.2.2", level: 1, demand: "Text is put into pages as text" },
  { id: "3.3.1", level: 1, demand: "Cookies are Secure, and named so that browsers see to it" },
  { id: "3.3.2", level: 2, demand: "SameSite suits what each cookie is for" },
  { id: "3.3.3", level: 2, demand: "Cookies bear the prefix `__Host-`" },
  { id: "3.3.4", level: 2, demand: "Scripts cannot read session cookies" },
  { id: "3.4.1", level: 1, demand: "HSTS for a year or more, sub-domains included" },
  { id: "3.4.2", level: 1, demand: "No foreign origin is let in by CORS" },
  { id: "3.4.3", level: 2, demand: "A content security policy lets only our own content run" },
  { id: "3.4.4", level: 2, demand: "Browsers never guess a content type" },
  { id: "3.4.5", level: 2, demand: "Addresses of pages do not leak to other sites" },
  { id: "3.4.6", level: 2, demand: "No site can put our pages into a frame" },
  { id: "3.5.1", level: 1, demand: "Forged requests from other sites are refused" },
  { id: "3.5.2", level: 1, demand: "What relies on a preflight cannot be called without one" },
  { id: "3.5.3", level: 1, demand: "Only POST changes anything" },
  {
    id: "3.5.4",
    level: 2,
    demand: "Separate applications live on separate hosts",
    otherwise: { notApplicable: "It is decided where it is deployed: the README advises a host name of its own." },
  },
  { id: "3.5.5", level: 2, demand: "Messages between windows are checked", otherwise: { notApplicable: "No page listens for any." } },
  {
    id: "3.7.1",
    level: 2,
    demand: "Only browser technology that is still looked after",
    otherwise: { notApplicable: "Pages are HTML, CSS and plain scripts; nothing asks for a plug-in." },
  },
  { id: "3.7.2", level: 2, demand: "Redirects lead to this site only" },
  { id: "6.1.1", level: 1, demand: "What stops guessing, and how, is written down" },
  { id: "6.1.2", level: 2, demand: "The words that a password must not be are listed (docs/signup.md)" },
  { id: "6.1.3", level: 2, demand: "Every way in is documented and equally strong" },
  { id: "6.2.1", level: 1, demand: "Passwords have eight characters or more" },
  { id: "6.2.2", level: 1, demand: "A password can be changed by its owner", otherwise: passwordChange },
  { id: "6.2.3", level: 1, demand: "Changing a password takes the current one", otherwise: passwordChange },
  { id: "6.2.4", level: 1, demand: "The most common passwords are refused" },
  { id: "6.2.5", level: 1, demand: "No rules on which kinds of characters" },
  { id: "6.2.6", level: 1, demand: "Password fields hide what is typed" },
  { id: "6.2.7", level: 1, demand: "Pasting and password managers are welcome" },
  { id: "6.2.8", level: 1, demand: "Passwords are checked exactly as typed" },
  { id: "6.2.9", level: 2, demand: "Sixty-four characters and more are allowed" },
  { id: "6.2.10", level: 2, demand: "Passwords do not expire" },
  { id: "6.2.11", level: 2, demand: "Those words are refused as passwords" },
  {
    id: "6.2.12",
    level: 2,
    demand: "Passwords from known breaches are refused",
    otherwise: { planned: "Comes with a list of breached passwords; today the 49,000 most used are refused." },
  },
  { id: "6.3.1", level: 1, demand: "Guessing is stopped as documented" },
  { id: "6.3.2", level: 1, demand: "There are no default accounts" },
  { id: "6.3.3", level: 2, demand: "More than one factor", otherwise: factors },
  { id: "6.3.4", level: 2, demand: "No undocumented way in" },
  {
    id: "6.4.1",
    level: 1,
    demand: "Initial secrets are random and short-lived",
    otherwise: { notApplicable: "We hand out no initial passwords." },
  },
  { id: "6.4.2", level: 1, demand: "No hints and no secret questions" },
  {
    id: "6.4.3",
    level: 2,
    demand: "Whoever forgot a password gets a new one safely",
    otherwise: { planned: "Comes with a reset by e-mail." },
  },
  { id: "6.4.4", level: 2, demand: "A lost factor is replaced on equal proof", otherwise: factors },
  { id: "6.5.1", level: 2, demand: "Codes and links are good once", otherwise: letters },
  {
    id: "6.5.2",
    level: 2,
    demand: "Short codes are stored so that they cannot be tried out",
    otherwise: letters,
  },
  { id: "6.5.3", level: 2, demand: "Codes come from a secure generator", otherwise: letters },
  { id: "6.5.4", level: 2, demand: "Codes have six digits or more", otherwise: letters },
  { id: "6.5.5", level: 2, demand: "Codes live ten minutes at most", otherwise: letters },
  { id: "6.6.1", level: 2, demand: "Text messages only with care", otherwise: { notApplicable: "None are sent." } },
  { id: "6.6.2", level: 2, demand: "A code is good only where it was asked for", otherwise: letters },
  { id: "6.6.3", level: 2, demand: "Guessing codes is stopped", otherwise: letters },
  { id: "6.8.1", level: 2, demand: "One provider cannot pass for another", otherwise: federated },
  { id: "6.8.2", level: 2, demand: "Signatures of assertions are checked", otherwise: federated },
  { id: "6.8.3", level: 2, demand: "A SAML assertion is good once", otherwise: { notApplicable: "There is no SAML." } },
  { id: "6.8.4", level: 2, demand: "A provider's word on strength is checked", otherwise: federated },
  { id: "7.1.1", level: 2, demand: "Lifetimes of sessions are documented" },
  {
    id: "7.1.2",
    level: 2,
    demand: "How many sessions an account may have is documented",
    otherwise: { planned: "Comes with the list of sessions; today there may be any number of them, as docs/login.md says." },
  },
  { id: "7.1.3", level: 2, demand: "Sessions shared between systems are documented", otherwise: federated },
  { id: "7.2.1", level: 1, demand: "Sessions are checked on the server" },
  { id: "7.2.2", level: 1, demand: "Each session has a token made for it" },
  { id: "7.2.3", level: 1, demand: "Tokens are random and long" },
  { id: "7.2.4", level: 1, demand: "A new token at each login, and the old one dead" },
  { id: "7.3.1", level: 2, demand: "Sessions end when they are not used" },
  { id: "7.3.2", level: 2, demand: "Sessions end after a time, used or not" },
  { id: "7.4.1", level: 1, demand: "An ended session is worth nothing" },
  { id: "7.4.2", level: 1, demand: "Removing an account ends its sessions" },
  { id: "7.4.3", level: 2, demand: "Changing a factor can end the other sessions", otherwise: passwordChange },
  { id: "7.4.4", level: 2, demand: "Logging out is offered on every page" },
  { id: "7.4.5", level: 2, demand: "Operators can end sessions", otherwise: { planned: "Comes with the command line." } },
  {
    id: "7.5.1",
    level: 2,
    demand: "The password is asked for again before sensitive changes",
    otherwise: { planned: "Comes with the first such change." },
  },
  { id: "7.5.2", level: 2, demand: "People see and end their sessions", otherwise: { planned: "Comes with the list of sessions." } },
  { id: "7.6.1", level: 2, demand: "Lifetimes agree with a provider's", otherwise: federated },
  { id: "7.6.2", level: 2, demand: "No session begins without a person's doing" },
];

export const cited: readonly Cited[] = [
  { id: "1.2.1", level: 1, demand: "Text is escaped for where it is put" },
  { id: "1.2.4", level: 1, demand: "No text becomes part of a query" },
  { id: "1.2.5", level: 1, demand: "No text becomes a command of the system" },
  { id: "1.3.2", level: 1, demand: "No text is run as code" },
  { id: "1.3.11", level: 2, demand: "No address can smuggle anything into a letter" },
  { id: "1.3.12", level: 3, demand: "No pattern takes ages over hostile text" },
  { id: "2.2.1", level: 1, demand: "What is sent must look as expected" },
  { id: "2.2.2", level: 1, demand: "The server judges, whatever the browser checked" },
  { id: "2.3.4", level: 2, demand: "What there is once is given once" },
  { id: "2.4.1", level: 2, demand: "Machines cannot do without end what people do now and then" },
  { id: "3.3.5", level: 3, demand: "Cookies stay below the size that browsers keep" },
  { id: "3.4.8", level: 3, demand: "Windows of other sites have no hold on ours" },
  { id: "3.5.8", level: 3, demand: "Other sites cannot load what only its owner may see" },
  { id: "3.6.1", level: 3, demand: "Scripts and styles are served by ourselves" },
  { id: "4.1.1", level: 1, demand: "Each answer says what kind it is, and its encoding" },
  { id: "4.1.3", level: 2, demand: "What a proxy says, its visitors cannot" },
  { id: "4.1.4", level: 3, demand: "Methods that are not used are refused" },
  { id: "4.2.1", level: 2, demand: "Where a request ends is never in doubt" },
  {
    id: "6.3.8",
    level: 3,
    demand: "A failure tells nobody who has an account (while signing up is open, the sign-up form does: see SECURITY.md)",
  },
  { id: "8.3.1", level: 1, demand: "Who may do what is decided on the server" },
  { id: "9.1.1", level: 1, demand: "What is signed is verified before it is read" },
  { id: "9.2.2", level: 2, demand: "A token is good for its own purpose only" },
  { id: "11.2.2", level: 2, demand: "Keys can be replaced" },
  { id: "11.4.1", level: 1, demand: "Hash functions are approved ones" },
  { id: "11.4.2", level: 2, demand: "Passwords are hashed slowly, as today’s advice has it" },
  { id: "11.5.1", level: 2, demand: "Secrets are made of enough real chance" },
  { id: "13.3.1", level: 2, demand: "Secrets come from outside the code" },
  { id: "13.4.6", level: 3, demand: "Answers name no software and no version" },
  { id: "14.2.1", level: 1, demand: "Nothing secret stands in an address" },
  { id: "14.2.2", level: 2, demand: "Caches on the way keep nothing personal" },
  { id: "14.3.1", level: 1, demand: "After logging out, the browser holds nothing of the person" },
  { id: "14.3.2", level: 2, demand: "Browsers do not keep personal pages" },
  { id: "15.1.3", level: 2, demand: "What costs much is known and bounded" },
  { id: "15.2.2", level: 2, demand: "What costs much cannot stop the service" },
  { id: "15.3.1", level: 1, demand: "Answers hold no more than is needed" },
  { id: "15.3.3", level: 2, demand: "Only fields that are asked for are taken" },
  { id: "15.3.4", level: 2, demand: "Limits count the real address of a visitor" },
  { id: "15.3.5", level: 2, demand: "A value of the wrong type is refused" },
  { id: "15.3.6", level: 2, demand: "No field reaches an object’s prototype" },
  { id: "15.3.7", level: 2, demand: "A field that is sent twice deceives nobody" },
  { id: "15.4.2", level: 3, demand: "Looking and acting are one step" },
  { id: "15.4.4", level: 3, demand: "Nobody is kept waiting by somebody else’s flood" },
  { id: "16.2.5", level: 2, demand: "Logs hold no secret" },
  { id: "16.5.3", level: 2, demand: "What fails, fails safely" },
];
