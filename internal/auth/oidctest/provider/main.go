// Provider is a real OpenID provider for tests: zitadel/oidc's server on the loopback interface, with one client and one person who
// is always signed in. A test says over /test/settings who that is and what shall be wrong. It prints its address, and ends with its
// standard input.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// settings is what a test may ask for. The zero value of each is what a good provider does.
type settings struct {
	Subject    string         `json:"subject"`
	Claims     map[string]any `json:"claims"`     // in the ID token besides the usual ones
	ACR        string         `json:"acr"`        // the level of assurance it tells of
	Audience   []string       `json:"audience"`   // besides the client
	Override   map[string]any `json:"override"`   // claims of the finished ID token, which is signed anew; null takes one away
	Algorithm  string         `json:"algorithm"`  // it is signed anew with: "HS256" by the client's secret, "none" not at all
	Nonce      *string        `json:"nonce"`      // instead of the one that was sent
	Lifetime   int            `json:"lifetime"`   // of the ID token, seconds; 0 is 120
	Foreign    bool           `json:"foreign"`    // the ID token is signed by a key that isn't published, under the published one's name
	Rotate     bool           `json:"rotate"`     // a new key from now on, the old one is gone
	Deny       string         `json:"deny"`       // an error instead of a code: "access_denied"
	ISS        string         `json:"iss"`        // the response's iss parameter (RFC 9207)
	Tenant     string         `json:"tenant"`     // tokens are a tenant's, as Entra's are, and discovery has {tenantid} in its place
	Down       bool           `json:"down"`       // everything answers 503
	TokensDown bool           `json:"tokensDown"` // the token endpoint alone does
}

type client struct {
	id, secret, redirect string
	lifetime             time.Duration
}

func (c client) GetID() string                       { return c.id }
func (c client) RedirectURIs() []string              { return []string{c.redirect} }
func (c client) PostLogoutRedirectURIs() []string    { return nil }
func (c client) ApplicationType() op.ApplicationType { return op.ApplicationTypeWeb }
func (c client) AuthMethod() oidc.AuthMethod         { return oidc.AuthMethodBasic }
func (c client) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (c client) GrantTypes() []oidc.GrantType         { return []oidc.GrantType{oidc.GrantTypeCode} }
func (c client) LoginURL(id string) string            { return "/login?id=" + url.QueryEscape(id) }
func (c client) AccessTokenType() op.AccessTokenType  { return op.AccessTokenTypeBearer }
func (c client) IDTokenLifetime() time.Duration       { return c.lifetime }
func (c client) DevMode() bool                        { return true }
func (c client) IsScopeAllowed(string) bool           { return true }
func (c client) IDTokenUserinfoClaimsAssertion() bool { return true }
func (c client) ClockSkew() time.Duration             { return 0 }
func (c client) RestrictAdditionalIdTokenScopes() func([]string) []string {
	return func(s []string) []string { return s }
}
func (c client) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return func(s []string) []string { return s }
}

// request is a sign-in under way.
type request struct {
	id    string
	asked oidc.AuthRequest
	as    settings // as they were when the person came back from the login page
	done  bool
}

func (r *request) GetID() string                      { return r.id }
func (r *request) GetACR() string                     { return r.as.ACR }
func (r *request) GetAMR() []string                   { return []string{"TestID"} }
func (r *request) GetAuthTime() time.Time             { return time.Now() }
func (r *request) GetClientID() string                { return r.asked.ClientID }
func (r *request) GetRedirectURI() string             { return r.asked.RedirectURI }
func (r *request) GetScopes() []string                { return r.asked.Scopes }
func (r *request) GetState() string                   { return r.asked.State }
func (r *request) GetSubject() string                 { return r.as.Subject }
func (r *request) Done() bool                         { return r.done }
func (r *request) GetResponseType() oidc.ResponseType { return r.asked.ResponseType }
func (r *request) GetResponseMode() oidc.ResponseMode { return r.asked.ResponseMode }
func (r *request) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: r.asked.CodeChallenge, Method: r.asked.CodeChallengeMethod}
}
func (r *request) GetAudience() []string {
	return append([]string{r.asked.ClientID}, r.as.Audience...)
}
func (r *request) GetNonce() string {
	if r.as.Nonce != nil {
		return *r.as.Nonce
	}
	return r.asked.Nonce
}

type key struct {
	id      string
	private *rsa.PrivateKey
}

func (k key) ID() string                                  { return k.id }
func (k key) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k key) Key() any                                    { return k.private }

type publicKey struct{ key }

func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Key() any                           { return &k.private.PublicKey }

func newKey() (key, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	return key{rand.Text(), private}, err
}

// provider is what zitadel/oidc asks for storage, kept in memory.
type provider struct {
	op.Storage // nil: what is not written below is never asked for

	mu       sync.Mutex
	settings settings
	client   client
	key      key
	foreign  key
	requests map[string]*request
	codes    map[string]string // code to request
}

var errUnknown = errors.New("unknown")

func (p *provider) CreateAuthRequest(_ context.Context, asked *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	// As strict as OAuth 2.1 and Ansattporten are.
	if asked.State == "" || asked.Nonce == "" || asked.CodeChallenge == "" || asked.CodeChallengeMethod != oidc.CodeChallengeMethodS256 || asked.ResponseMode != oidc.ResponseModeQuery {
		return nil, oidc.ErrInvalidRequest().WithDescription("state, nonce, S256 and response_mode=query are required")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	r := &request{id: rand.Text(), asked: *asked, as: p.settings}
	p.requests[r.id] = r
	return r, nil
}

func (p *provider) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.requests[id]; r != nil {
		return r, nil
	}
	return nil, errUnknown
}

func (p *provider) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	p.mu.Lock()
	id := p.codes[code]
	delete(p.codes, code) // once
	p.mu.Unlock()
	return p.AuthRequestByID(ctx, id)
}

func (p *provider) SaveAuthCode(_ context.Context, id, code string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[code] = id
	return nil
}

func (p *provider) DeleteAuthRequest(_ context.Context, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.requests, id)
	return nil
}

func (p *provider) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return rand.Text(), time.Now().Add(2 * time.Minute), nil
}

func (p *provider) SigningKey(context.Context) (op.SigningKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.settings.Foreign {
		return key{p.key.id, p.foreign.private}, nil
	}
	return p.key, nil
}

func (p *provider) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256}, nil
}

func (p *provider) KeySet(context.Context) ([]op.Key, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return []op.Key{publicKey{p.key}}, nil
}

func (p *provider) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if id != p.client.id {
		return nil, errUnknown
	}
	c := p.client
	if c.lifetime = time.Duration(p.settings.Lifetime) * time.Second; c.lifetime == 0 {
		c.lifetime = 2 * time.Minute
	}
	return c, nil
}

func (p *provider) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	if id != p.client.id || secret != p.client.secret {
		return errUnknown
	}
	return nil
}

func (p *provider) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

func (p *provider) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, r op.IDTokenRequest, _ []string) error {
	info.Subject = r.GetSubject()
	for name, value := range r.(*request).as.Claims {
		info.AppendClaims(name, value)
	}
	return nil
}

func (p *provider) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, nil
}

func (p *provider) Health(context.Context) error { return nil }

func (p *provider) current() settings {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.settings
}

// set takes over what a test asks for.
func (p *provider) set(w http.ResponseWriter, r *http.Request) {
	var wanted settings
	if err := json.NewDecoder(r.Body).Decode(&wanted); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	next, err := newKey()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settings = wanted
	if wanted.Rotate {
		p.key = next
	}
}

// outer is the provider's handler with what a test asked for around it.
func (p *provider) outer(base string, inner *op.Provider) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /test/settings", p.set)
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		if waiting := p.requests[r.FormValue("id")]; waiting != nil {
			waiting.done = true
		}
		p.mu.Unlock()
		http.Redirect(w, r, base+"/authorize/callback?id="+url.QueryEscape(r.FormValue("id")), http.StatusFound)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		now := p.current()
		if now.Down || now.TokensDown && r.URL.Path == "/token" {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		if rest, found := strings.CutPrefix(r.URL.Path, "/organizations/v2.0"); found {
			r.URL.Path = rest
		}
		if r.URL.Path == "/token" && (now.Override != nil || now.Algorithm != "") {
			answer := httptest.NewRecorder()
			inner.ServeHTTP(answer, r)
			if err := p.spoil(answer.Body, now); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(answer.Code)
			_, _ = answer.Body.WriteTo(w)
			return
		}
		inner.ServeHTTP(&response{ResponseWriter: w, now: now, back: p.client.redirect}, r)
	})
	return mux
}

// spoil changes the ID token of a token answer, and signs it anew.
func (p *provider) spoil(body *bytes.Buffer, now settings) error {
	var answer map[string]any
	if err := json.Unmarshal(body.Bytes(), &answer); err != nil {
		return err
	}
	raw, ok := answer["id_token"].(string)
	if !ok {
		return nil // an error, left as it is
	}
	signed, err := jose.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return err
	}
	var claims map[string]any
	if err := json.Unmarshal(signed.UnsafePayloadWithoutVerification(), &claims); err != nil {
		return err
	}
	for name, value := range now.Override {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return err
	}
	by := jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{KeyID: p.key.id, Key: p.key.private}}
	switch now.Algorithm {
	case "none":
		answer["id_token"] = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload) + "."
	case "HS256":
		by = jose.SigningKey{Algorithm: jose.HS256, Key: jose.JSONWebKey{KeyID: p.key.id, Key: []byte((p.client.secret + p.client.secret)[:32])}}
		fallthrough
	default:
		signer, err := jose.NewSigner(by, nil)
		if err != nil {
			return err
		}
		token, err := signer.Sign(payload)
		if err != nil {
			return err
		}
		if answer["id_token"], err = token.CompactSerialize(); err != nil {
			return err
		}
	}
	body.Reset()
	return json.NewEncoder(body).Encode(answer)
}

// response changes the redirect that leads back to the client.
type response struct {
	http.ResponseWriter
	now  settings
	back string
}

func (r *response) WriteHeader(status int) {
	if to := r.Header().Get("Location"); strings.HasPrefix(to, r.back+"?") {
		u, err := url.Parse(to)
		if err != nil {
			log.Fatal(err)
		}
		q := u.Query()
		if r.now.Deny != "" {
			q.Del("code")
			q.Set("error", r.now.Deny)
			q.Set("error_description", "<b>no</b>")
		}
		if r.now.ISS != "" {
			q.Set("iss", r.now.ISS)
		}
		u.RawQuery = q.Encode()
		r.Header().Set("Location", u.String())
	}
	r.ResponseWriter.WriteHeader(status)
}

func run() error {
	redirect := flag.String("redirect", "", "the client's redirect address")
	clientID := flag.String("client", "helhet", "the client's id")
	secret := flag.String("secret", "", "the client's secret")
	flag.Parse()
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	base := "http://" + listener.Addr().String()
	p := &provider{client: client{id: *clientID, secret: *secret, redirect: *redirect}, requests: map[string]*request{}, codes: map[string]string{}}
	if p.key, err = newKey(); err != nil {
		return err
	}
	if p.foreign, err = newKey(); err != nil {
		return err
	}
	issuer := func(bool) (op.IssuerFromRequest, error) {
		return func(r *http.Request) string {
			switch tenant := p.current().Tenant; {
			case tenant == "":
				return base
			case r.URL.Path == "/.well-known/openid-configuration":
				return base + "/{tenantid}/v2.0"
			default:
				return base + "/" + tenant + "/v2.0"
			}
		}, nil
	}
	config := &op.Config{CodeMethodS256: true, SupportedScopes: []string{"openid", "profile"}}
	if _, err := rand.Read(config.CryptoKey[:]); err != nil {
		return err
	}
	at := func(path string) *op.Endpoint { return op.NewEndpointWithURL(path, base+path) }
	inner, err := op.NewProvider(config, p, issuer, op.WithAllowInsecure(),
		op.WithCustomEndpoints(at("/authorize"), at("/token"), at("/userinfo"), at("/revoke"), at("/end_session"), at("/keys")))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: p.outer(base, inner), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	fmt.Println(base)
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
