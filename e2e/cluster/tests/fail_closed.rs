//! No container of an opted-in pod ever starts without its configuration, whatever happens to agent, guard,
//! runtime and API server. Tested on a real node, where the containers themselves record what they lack.

mod fail_closed {
    pub mod absence;
    pub mod api_server;
    pub mod churn;
    pub mod matrix;
    pub mod others;
    pub mod pods;
    pub mod protection;
    pub mod replacement;
    pub mod sandboxes;
    pub mod scene;
    pub mod slipped;
    pub mod witness;
}
