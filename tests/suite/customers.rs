//! Lists of customers: labels, and a file for each of them.

mod files;
mod formats;
mod labels;
mod world;
